/* test_user_columns: which column of somebody else's users says what. */
#include "text/user_columns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { NAMES_MAX = 16 };

/* Splits "id email pw" into names, in place. Returns how many. */
static size_t
split(char *text, const char *names[NAMES_MAX])
{
	size_t count = 0;

	for (char *name; (name = strtok_r(text, " ", &text)) != NULL; )
		names[count++] = name;
	return count;
}

/* Finds the columns of a list of names, and says what was found, or the fault, in said. */
static void
find(const char *list, const struct user_columns_named *named, char said[])
{
	char text[256], fault[USER_COLUMNS_FAULT_SIZE];
	const char *names[NAMES_MAX];
	struct user_columns columns;
	FILE *out = fmemopen(said, USER_COLUMNS_FAULT_SIZE, "w");
	size_t count = split(strcpy(text, list), names);

	assert_non_null(out);
	if (user_columns_find(names, count, named, &columns, fault) == ERR_OK)
		user_columns_print(names, &columns, out);
	else
		fputs(fault, out);
	fclose(out);
}

static void
columns_are_found_by_their_names(void **state)
{
	static const struct {
		const char *list, *found;
	} cases[] = {
		{ "id username hashed_password is_active",
		  "id from id, name from username, password from hashed_password, "
		  "active from is_active" },
		{ "id email hashed_password is_active",
		  "id from id, name from email, email from email, "
		  "password from hashed_password, active from is_active" },
		{ "ID UserName Email Full_Name PASSWORD Disabled Created_At",
		  "id from ID, name from UserName, email from Email, "
		  "display name from Full_Name, password from PASSWORD, disabled from Disabled, "
		  "created from Created_At" },
		{ "uid login mail fullname pw_hash password enabled is_disabled date_joined",
		  "id from uid, name from login, email from mail, display name from fullname, "
		  "password from pw_hash, active from enabled, disabled from is_disabled, "
		  "created from date_joined" },
		{ "id name password", "id from id, name from name, password from password" },
		{ "id name email password", "id from id, name from email, email from email, "
		  "display name from name, password from password" },
		{ "username name passwd", "name from username, password from passwd" },
		{ "username hashed_password scope", "name from username, "
		  "password from hashed_password" },
		{ "username username_key hashed_password scope", "name from username, "
		  "password from hashed_password, scope from scope" },
		{ "username hashed_password scope imported", "name from username, "
		  "password from hashed_password, scope from scope, imported from imported" },
		{ "username email hashed_password groups email_verified", "name from username, "
		  "email from email, password from hashed_password" },
		{ "username email hashed_password groups email_verified imported",
		  "name from username, email from email, password from hashed_password, "
		  "imported from imported, groups from groups, "
		  "email verified from email_verified" },
	};
	char said[USER_COLUMNS_FAULT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		find(cases[i].list, &(struct user_columns_named){0}, said);
		if (strcmp(said, cases[i].found) != 0)
			fail_msg("%s: %s", cases[i].list, said);
	}
}

static void
what_an_option_names_goes_before_what_is_found(void **state)
{
	static const char list[] = "id username nick password pw is_active disabled on role";
	static const struct {
		struct user_columns_named named;
		const char *found;
	} cases[] = {
		{ { .username = "NICK", .password = "pw", .scope = "role" },
		  "id from id, name from nick, password from pw, active from is_active, "
		  "disabled from disabled, scope from role" },
		{ { .active = "on" }, "id from id, name from username, password from password, "
		  "active from on" },
		{ { .active = "disabled" }, "id from id, name from username, "
		  "password from password, disabled from disabled" },
	};
	char said[USER_COLUMNS_FAULT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		find(list, &cases[i].named, said);
		if (strcmp(said, cases[i].found) != 0)
			fail_msg("%s", said);
	}
}

static void
a_fault_says_what_to_do_and_what_there_is(void **state)
{
	static const struct {
		const char *list;
		struct user_columns_named named;
		const char *fault;
	} cases[] = {
		{ "id mail_addr pw", {0}, "there is no column for the name; name it with "
		  "--username-column (there are: id, mail_addr, pw)" },
		{ "id email", {0}, "there is no column for the password; name it with "
		  "--password-column (there are: id, email)" },
		{ "id \033[2J", {0}, "there is no column for the name; name it with "
		  "--username-column (there are: id, \\x1b[2J)" },
		{ "email pass password", { .password = "EMAIL" },
		  "column \"email\" cannot be for the password and for something else "
		  "(there are: email, pass, password)" },
		{ "name pw", { .password = "pw", .active = "pw" },
		  "column \"pw\" cannot be for the password and for something else "
		  "(there are: name, pw)" },
		{ "email password", { .active = "on" },
		  "there is no column \"on\" (there are: email, password)" },
		{ "", { .username = "a" }, "there is no column \"a\"" },
	};
	char said[USER_COLUMNS_FAULT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		find(cases[i].list, &cases[i].named, said);
		if (strcmp(said, cases[i].fault) != 0)
			fail_msg("%s: %s", cases[i].list, said);
	}
}

static void
a_fault_about_very_many_columns_ends_where_there_is_no_room(void **state)
{
	const char *names[1000];
	char fault[USER_COLUMNS_FAULT_SIZE];
	struct user_columns columns;

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		names[i] = "a_column_with_a_name_of_fifty_letters_and_no_role_x";

	assert_int_equal(user_columns_find(names, 1000, &(struct user_columns_named){0},
	    &columns, fault), ERR_REFUSED);
	assert_true(strlen(fault) < USER_COLUMNS_FAULT_SIZE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_found_by_their_names),
		cmocka_unit_test(what_an_option_names_goes_before_what_is_found),
		cmocka_unit_test(a_fault_says_what_to_do_and_what_there_is),
		cmocka_unit_test(a_fault_about_very_many_columns_ends_where_there_is_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
