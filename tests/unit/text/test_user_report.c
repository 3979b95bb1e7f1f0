/* test_user_report: what is said of each of somebody else's users. */
#include "text/user_report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct user_where line_7 = { "line", 7 };
static const char *const names[] = { "email", "pw", "is_active", "off" };
static const struct user_columns columns = {
	.of = { -1, 0, 0, -1, 1, 2, 3, -1, -1, -1, -1, -1 }, .username_is_email = true,
};

/* What was reported, which the next call frees. */
static struct user_report report;
static char *said;
static size_t said_len;

static void
begin(void)
{
	free(said);
	report = (struct user_report){0};
	user_report_init(&report, open_memstream(&said, &said_len));
	assert_non_null(report.out);
}

static void
assert_said(const char *expected)
{
	fclose(report.out);
	if (strcmp(said, expected) != 0)
		fail_msg("expected:\n%s\nsaid:\n%s", expected, said);
}

static void
each_remark_is_a_line_of_its_own(void **state)
{
	struct user_values values = { .typed = (char[]){"A\033\""}, .username = (char[]){"a"},
		.name_kind = USER_NAME_RENAMED, .disabled_because = "off is 1",
		.scope_refused = (char[]){"x\033"}, .dropped_email = "The email address is odd",
		.dropped_display_name = "The display name is odd" };

	(void)state;
	begin();
	user_report_taken(&report, line_7, &values, NULL, false);
	values.hash = (char[]){"hunter2"};
	values.name_kind = USER_NAME_EXACT;
	user_report_taken(&report, (struct user_where){ "id", 8 }, &values, NULL, false);

	assert_said(
	    "renamed \"A\\x1b\\x22\" (line 7): now \"a\"\n"
	    "disabled \"A\\x1b\\x22\" (line 7): off is 1\n"
	    "unusable \"A\\x1b\\x22\" (line 7): there is no password hash; give a password: "
	    "bearward user passwd NAME\n"
	    "scope \"A\\x1b\\x22\" (line 7): scope x\\x1b is not in restricted_scopes: not given\n"
	    "dropped \"A\\x1b\\x22\" (line 7): The email address is odd\n"
	    "dropped \"A\\x1b\\x22\" (line 7): The display name is odd\n"
	    "exact \"A\\x1b\\x22\" (id 8): signs in only when spelt just like this\n"
	    "disabled \"A\\x1b\\x22\" (id 8): off is 1\n"
	    "unusable \"A\\x1b\\x22\" (id 8): the hash is of no kind that can be checked, and was "
	    "not kept; give a password: bearward user passwd NAME\n"
	    "scope \"A\\x1b\\x22\" (id 8): scope x\\x1b is not in restricted_scopes: not given\n"
	    "dropped \"A\\x1b\\x22\" (id 8): The email address is odd\n"
	    "dropped \"A\\x1b\\x22\" (id 8): The display name is odd\n");
}

static void
rows_that_are_not_taken_are_named(void **state)
{
	const struct user_values values = { .typed = (char[]){"a"} };

	(void)state;
	begin();
	user_report_present(&report, line_7, &values);
	user_report_refused(&report, line_7, &(struct user_values){0}, "there is no name");
	user_report_collision(&report, line_7, &values, (struct user_where){ "line", 3 });

	assert_said("present \"a\" (line 7): there already, left alone\n"
	    "refused \"\" (line 7): there is no name\n"
	    "refused \"a\" (line 7): has the same name as line 3\n");
}

/* Reads and takes so many users without a remark. */
static void
take(int64_t count, const char *active, const char *scheme, bool is_weak)
{
	const struct user_values values = { .typed = (char[]){"a"}, .is_active = true,
		.scope_refused = (char[]){""} };
	struct user_cell cells[USER_ROLES] = {
		[USER_ROLE_ACTIVE] = { .type = USER_CELL_TEXT, .data = active,
		    .len = strlen(active) },
	};

	for (; count > 0; count--) {
		user_report_read(&report, &columns, cells);
		user_report_taken(&report, line_7, &values, scheme, is_weak);
	}
}

static void
the_end_counts_what_there_was(void **state)
{
	(void)state;
	begin();
	take(2, "1", "bcrypt", false);
	take(3, "t", "apr1", true);
	user_report_read(&report, &columns, (struct user_cell[USER_ROLES]){0});
	report.present = 1;
	report.renamed = 2;
	report.renumbered = 4;
	user_report_end(&report, "view my users", names, &columns);

	assert_said("columns: view my users, name from email, email from email, "
	    "password from pw, active from is_active, disabled from off\n"
	    "6 read: 5 taken, 1 there already\n"
	    "of those taken: 2 renamed, 4 with a new id\n"
	    "passwords: 2 bcrypt, 3 apr1 (weak, replaced at the next sign-in)\n"
	    "flags: is_active \"1\": 2, \"t\": 3, NULL: 1; off NULL: 6\n");
}

static void
only_a_verbose_report_names_users_without_a_remark(void **state)
{
	(void)state;
	begin();
	take(1, "1", "bcrypt", false);
	report.is_verbose = report.is_dry_run = true;
	take(1, "1", "bcrypt", false);
	user_report_end(&report, NULL, names, &columns);

	assert_said("taken \"a\" (line 7): bcrypt\n"
	    "columns: name from email, email from email, password from pw, active from is_active, "
	    "disabled from off\n"
	    "2 read: 2 would be taken\n"
	    "passwords: 2 bcrypt\n"
	    "flags: is_active \"1\": 2; off NULL: 2\n"
	    "nothing was changed (--dry-run)\n");
}

static void
a_report_of_nothing_says_so(void **state)
{
	(void)state;
	begin();
	user_report_end(&report, NULL, names, &columns);

	assert_said("columns: name from email, email from email, password from pw, "
	    "active from is_active, disabled from off\n0 read\n");
}

static void
very_many_spellings_of_a_flag_are_counted_together(void **state)
{
	char spelling[16], *others;

	(void)state;
	begin();
	for (int i = 0; i < 100; i++) {
		snprintf(spelling, sizeof(spelling), "x%d", i);
		take(1, spelling, "bcrypt", false);
	}
	user_report_end(&report, NULL, names, &columns);
	fclose(report.out);

	others = strstr(said, ", others: 89; off");
	assert_non_null(others);
}

static void
a_report_that_begins_anew_has_read_nothing(void **state)
{
	(void)state;
	begin();
	report.is_verbose = true;
	take(1, "1", "bcrypt", false);
	user_report_init(&report, report.out);

	assert_int_equal(report.read, 0);
	assert_true(report.is_verbose);
	fclose(report.out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_remark_is_a_line_of_its_own),
		cmocka_unit_test(rows_that_are_not_taken_are_named),
		cmocka_unit_test(the_end_counts_what_there_was),
		cmocka_unit_test(only_a_verbose_report_names_users_without_a_remark),
		cmocka_unit_test(a_report_of_nothing_says_so),
		cmocka_unit_test(very_many_spellings_of_a_flag_are_counted_together),
		cmocka_unit_test(a_report_that_begins_anew_has_read_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
