/* test_user_values: what the cells of one of somebody else's users become. */
#include "text/user_values.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A row with a name that is fine, and with every column there is. */
struct row {
	struct user_cell cells[USER_ROLES];
	struct user_columns columns;
	struct user_columns_named named;
	struct user_values values;
};

static struct user_cell
text(const char *data)
{
	return (struct user_cell){ .type = USER_CELL_TEXT, .data = data, .len = strlen(data) };
}

static struct user_cell
number(int64_t integer)
{
	return (struct user_cell){ .type = USER_CELL_INTEGER, .integer = integer };
}

static int
make_row(void **state)
{
	struct row *row = calloc(1, sizeof(*row));

	*state = row;
	if (row == NULL)
		return -1;
	for (int i = 0; i < USER_ROLES; i++)
		row->columns.of[i] = i;
	row->columns.of[USER_ROLE_IMPORTED] = -1;
	row->cells[USER_ROLE_USERNAME] = text("alice");
	row->cells[USER_ROLE_ACTIVE] = number(1);
	return 0;
}

static int
free_row(void **state)
{
	struct row *row = *state;

	user_values_clear(&row->values);
	free(row);
	return 0;
}

static const struct user_values *
read_row(struct row *row)
{
	static const char *const names[USER_ROLES] = { "id", "username", "email", "full_name",
		"hashed_password", "is_active", "disabled", "scope", "created_at", "imported" };
	const struct user_rules rules = { .names = names, .columns = &row->columns,
		.named = &row->named, .restricted_scopes = "admin" };

	user_values_clear(&row->values);
	assert_int_equal(user_values_read(&rules, row->cells, &row->values), ERR_OK);
	return &row->values;
}

static void
a_plain_row_is_taken_as_it_is(void **state)
{
	struct row *row = *state;
	const struct user_values *values;

	row->cells[USER_ROLE_ID] = number(7);
	row->cells[USER_ROLE_EMAIL] = text("a@example.org");
	row->cells[USER_ROLE_PASSWORD] = text("$2b$...");
	row->cells[USER_ROLE_CREATED_AT] = number(1700000000);
	values = read_row(row);

	assert_null(values->refused);
	assert_int_equal(values->id, 7);
	assert_string_equal(values->username, "alice");
	assert_string_equal(values->username_key, "alice");
	assert_int_equal(values->name_kind, USER_NAME_KEPT);
	assert_string_equal(values->hash, "$2b$...");
	assert_true(values->is_active);
	assert_string_equal(values->email, "a@example.org");
	assert_null(values->display_name);
	assert_string_equal(values->scope, "");
	assert_string_equal(values->scope_refused, "");
	assert_int_equal(values->created_at, 1700000000);
	assert_true(values->is_imported);
}

static void
names_are_kept_renamed_exact_or_refused(void **state)
{
	static const struct {
		const char *typed, *username, *key;
		enum user_name_kind kind;
	} cases[] = {
		{ "Alice", "Alice", "alice", USER_NAME_KEPT },
		{ "a@Example.org", "a@Example.org", "a@example.org", USER_NAME_KEPT },
		{ "\xef\xbd\x81lice", "alice", "alice", USER_NAME_RENAMED },
		{ "Jose\xcc\x81", "Jos\xc3\xa9", "jos\xc3\xa9", USER_NAME_RENAMED },
		{ "Alice Smith", "Alice Smith", "Alice Smith", USER_NAME_EXACT },
		{ "a:b", "a:b", "a:b", USER_NAME_EXACT },
		{ "..", "..", "..", USER_NAME_EXACT },
		{ "al\nice", NULL, NULL, USER_NAME_KEPT },
		{ "al\xe2\x80\xa8ice", NULL, NULL, USER_NAME_KEPT },
		{ "al\xc2\x85ice", NULL, NULL, USER_NAME_KEPT },
		{ "", NULL, NULL, USER_NAME_KEPT },
		{ "al\xffice", NULL, NULL, USER_NAME_KEPT },
	};
	struct row *row = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct user_values *values;

		row->cells[USER_ROLE_USERNAME] = text(cases[i].typed);
		values = read_row(row);
		if ((values->refused != NULL) != (cases[i].username == NULL))
			fail_msg("%zu: %s", i, values->refused);
		if (values->refused != NULL)
			continue;
		assert_string_equal(values->username, cases[i].username);
		assert_string_equal(values->username_key, cases[i].key);
		assert_int_equal(values->name_kind, cases[i].kind);
	}
}

static void
a_name_of_1024_bytes_is_taken_and_a_longer_one_refused(void **state)
{
	char name[USER_NAME_BYTES_MAX + 2];
	struct row *row = *state;

	memset(name, 'a', sizeof(name));
	name[USER_NAME_BYTES_MAX] = '\0';
	row->cells[USER_ROLE_USERNAME] = text(name);
	assert_int_equal(read_row(row)->name_kind, USER_NAME_EXACT);
	name[USER_NAME_BYTES_MAX] = 'a';
	name[USER_NAME_BYTES_MAX + 1] = '\0';
	row->cells[USER_ROLE_USERNAME] = text(name);
	assert_string_equal(read_row(row)->refused, "the name is longer than 1024 bytes");
	row->cells[USER_ROLE_USERNAME] = number(7);
	assert_string_equal(read_row(row)->refused, "the name is not valid text");
	row->cells[USER_ROLE_USERNAME] = (struct user_cell){0};
	assert_string_equal(read_row(row)->refused, "there is no name");
}

static void
both_flags_must_let_a_user_in(void **state)
{
	static const struct {
		struct user_cell active, disabled;
		const char *because;	/* NULL: active */
	} cases[] = {
		{ { .type = USER_CELL_INTEGER, .integer = 1 }, {0}, NULL },
		{ {0}, {0}, "is_active is NULL" },
		{ { .type = USER_CELL_INTEGER, .integer = 1 },
		  { .type = USER_CELL_INTEGER, .integer = 1 }, "disabled is 1" },
		{ { .type = USER_CELL_TEXT, .data = "maybe", .len = 5 }, {0},
		  "is_active is \"maybe\", which is neither yes nor no" },
		{ { .type = USER_CELL_INTEGER, .integer = 1 },
		  { .type = USER_CELL_TEXT, .data = "maybe", .len = 5 },
		  "disabled is \"maybe\", which is neither yes nor no" },
	};
	struct row *row = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		row->cells[USER_ROLE_ACTIVE] = cases[i].active;
		row->cells[USER_ROLE_DISABLED] = cases[i].disabled;
		read_row(row);
		assert_int_equal(row->values.is_active, cases[i].because == NULL);
		assert_string_equal(row->values.disabled_because,
		    cases[i].because == NULL ? "" : cases[i].because);
	}
	row->columns.of[USER_ROLE_ACTIVE] = row->columns.of[USER_ROLE_DISABLED] = -1;
	assert_true(read_row(row)->is_active);
}

static void
an_id_is_kept_when_it_is_a_positive_whole_number(void **state)
{
	static const struct {
		struct user_cell cell;
		int64_t id;
	} cases[] = {
		{ { .type = USER_CELL_INTEGER, .integer = 7 }, 7 },
		{ { .type = USER_CELL_INTEGER, .integer = USER_ID_MAX }, USER_ID_MAX },
		{ { .type = USER_CELL_INTEGER, .integer = USER_ID_MAX + 1 }, 0 },
		{ { .type = USER_CELL_INTEGER, .integer = 0 }, 0 },
		{ { .type = USER_CELL_INTEGER, .integer = -7 }, 0 },
		{ { .type = USER_CELL_REAL, .real = 7 }, 0 },
		{ { .type = USER_CELL_TEXT, .data = "7", .len = 1 }, 7 },
		{ { .type = USER_CELL_TEXT, .data = "07", .len = 2 }, 0 },
		{ { .type = USER_CELL_TEXT, .data = " 7", .len = 2 }, 0 },
		{ { .type = USER_CELL_TEXT, .data = "7f", .len = 2 }, 0 },
		{ { .type = USER_CELL_TEXT, .data = "99999999999999999999", .len = 20 }, 0 },
		{ {0}, 0 },
	};
	struct row *row = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		row->cells[USER_ROLE_ID] = cases[i].cell;
		if (read_row(row)->id != cases[i].id)
			fail_msg("%zu: %lld", i, (long long)row->values.id);
	}
}

static void
only_restricted_scopes_are_given(void **state)
{
	static const struct {
		const char *text, *given, *refused;
	} cases[] = {
		{ "", "", "" },
		{ "admin", "admin", "" },
		{ " users:create,admin  admin ", "users:create admin", "" },
		{ "editor,admin editor", "admin", "editor" },
		{ "ADMIN \"x", "", "ADMIN \"x" },
	};
	struct row *row = *state;
	char many[3000];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		row->cells[USER_ROLE_SCOPE] = text(cases[i].text);
		assert_string_equal(read_row(row)->scope, cases[i].given);
		assert_string_equal(row->values.scope_refused, cases[i].refused);
	}
	row->named.scope = "role";
	row->cells[USER_ROLE_SCOPE] = text("users:create admin");
	assert_string_equal(read_row(row)->scope, "admin");
	assert_string_equal(row->values.scope_refused, "users:create");
	row->named.scope = NULL;
	memset(many, ' ', sizeof(many));
	many[0] = 'a';
	many[sizeof(many) - 1] = '\0';
	row->cells[USER_ROLE_SCOPE] = text(many);
	assert_string_equal(read_row(row)->scope, "");
}

static void
a_flag_gives_the_scope_that_was_named(void **state)
{
	struct row *row = *state;

	row->named.scope_given = "admin";
	row->cells[USER_ROLE_SCOPE] = number(1);
	assert_string_equal(read_row(row)->scope, "admin");
	row->cells[USER_ROLE_SCOPE] = text("maybe");
	assert_string_equal(read_row(row)->scope, "");
	row->cells[USER_ROLE_SCOPE] = text("editor");
	assert_string_equal(read_row(row)->scope_refused, "");
	row->named.scope_given = "editor";
	row->cells[USER_ROLE_SCOPE] = text("yes");
	assert_string_equal(read_row(row)->scope_refused, "editor");
}

static void
an_address_or_a_display_name_is_left_out_when_something_is_wrong_with_it(void **state)
{
	struct row *row = *state;

	row->cells[USER_ROLE_DISPLAY_NAME] = text("Alice \xe2\x99\xa5");
	row->cells[USER_ROLE_EMAIL] = text("a\n@example.org");
	assert_string_equal(read_row(row)->display_name, "Alice \xe2\x99\xa5");
	assert_null(row->values.email);
	assert_string_equal(row->values.dropped_email,
	    "The email address has a space or a control character in it");

	row->cells[USER_ROLE_DISPLAY_NAME] = text(" ");
	row->cells[USER_ROLE_EMAIL] = text("");
	assert_string_equal(read_row(row)->dropped_display_name,
	    "The display name is only spaces");
	assert_null(row->values.email);
	assert_null(row->values.dropped_email);

	row->cells[USER_ROLE_EMAIL] = number(7);
	assert_string_equal(read_row(row)->dropped_email, "The email address is not UTF-8 text");
}

static void
groups_are_left_out_when_something_is_wrong_with_them(void **state)
{
	struct row *row = *state;

	row->cells[USER_ROLE_GROUPS] = text("admins b");
	assert_string_equal(read_row(row)->groups, "admins b");
	assert_null(row->values.dropped_groups);
	row->cells[USER_ROLE_GROUPS] = text("");
	assert_null(read_row(row)->groups);
	assert_null(row->values.dropped_groups);
	row->cells[USER_ROLE_GROUPS] = text("{admins}");
	assert_null(read_row(row)->groups);
	assert_string_equal(row->values.dropped_groups,
	    "A group may have only letters, digits and _.:/- in its name");
}

static void
only_an_address_that_is_kept_can_be_verified(void **state)
{
	struct row *row = *state;

	row->cells[USER_ROLE_EMAIL] = text("a@b");
	assert_false(read_row(row)->email_verified);
	row->cells[USER_ROLE_EMAIL_VERIFIED] = text("maybe");
	assert_false(read_row(row)->email_verified);
	row->cells[USER_ROLE_EMAIL_VERIFIED] = text("True");
	assert_true(read_row(row)->email_verified);
	row->cells[USER_ROLE_EMAIL] = text("a b");
	assert_false(read_row(row)->email_verified);
}

static void
a_hash_is_text_or_bytes_that_are_text(void **state)
{
	static const struct {
		struct user_cell cell;
		bool is_text;
	} cases[] = {
		{ { .type = USER_CELL_TEXT, .data = "$2b$", .len = 4 }, true },
		{ { .type = USER_CELL_BYTES, .data = "$2b$", .len = 4 }, true },
		{ { .type = USER_CELL_BYTES, .data = "\xff\xfe", .len = 2 }, false },
		{ { .type = USER_CELL_BYTES, .data = "a\0b", .len = 3 }, false },
		{ { .type = USER_CELL_TEXT, .data = "", .len = 0 }, false },
		{ { .type = USER_CELL_INTEGER, .integer = 1234 }, false },
		{ {0}, false },
	};
	struct row *row = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		row->cells[USER_ROLE_PASSWORD] = cases[i].cell;
		if ((read_row(row)->hash != NULL) != cases[i].is_text)
			fail_msg("%zu", i);
	}
}

static void
our_own_export_says_who_was_imported(void **state)
{
	struct row *row = *state;

	row->columns.of[USER_ROLE_IMPORTED] = USER_ROLE_IMPORTED;
	row->cells[USER_ROLE_IMPORTED] = text("false");
	assert_false(read_row(row)->is_imported);
	row->cells[USER_ROLE_IMPORTED] = text("true");
	assert_true(read_row(row)->is_imported);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_row, free_row)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_plain_row_is_taken_as_it_is),
		TEST(names_are_kept_renamed_exact_or_refused),
		TEST(a_name_of_1024_bytes_is_taken_and_a_longer_one_refused),
		TEST(both_flags_must_let_a_user_in),
		TEST(an_id_is_kept_when_it_is_a_positive_whole_number),
		TEST(only_restricted_scopes_are_given),
		TEST(a_flag_gives_the_scope_that_was_named),
		TEST(an_address_or_a_display_name_is_left_out_when_something_is_wrong_with_it),
		TEST(groups_are_left_out_when_something_is_wrong_with_them),
		TEST(only_an_address_that_is_kept_can_be_verified),
		TEST(a_hash_is_text_or_bytes_that_are_text),
		TEST(our_own_export_says_who_was_imported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
