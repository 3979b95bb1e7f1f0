/* test_user_cell: flags and dates written by other programs. */
#include "text/user_cell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define TEXT(text) { .type = USER_CELL_TEXT, .data = text, .len = sizeof(text) - 1 }
#define NUMBER(number) { .type = USER_CELL_INTEGER, .integer = number }
#define REAL(number) { .type = USER_CELL_REAL, .real = number }

static void
flags_are_what_their_program_meant(void **state)
{
	static const struct {
		struct user_cell cell;
		enum user_flag flag;
	} cases[] = {
		{ { .type = USER_CELL_NULL }, USER_FLAG_NO }, { NUMBER(0), USER_FLAG_NO },
		{ NUMBER(1), USER_FLAG_YES }, { NUMBER(-2), USER_FLAG_YES },
		{ REAL(0.0), USER_FLAG_NO }, { REAL(0.5), USER_FLAG_YES },
		{ TEXT("1"), USER_FLAG_YES }, { TEXT("true"), USER_FLAG_YES },
		{ TEXT(" True\r\n"), USER_FLAG_YES }, { TEXT("T"), USER_FLAG_YES },
		{ TEXT("yes"), USER_FLAG_YES }, { TEXT("Y"), USER_FLAG_YES },
		{ TEXT("ON"), USER_FLAG_YES }, { TEXT("0"), USER_FLAG_NO },
		{ TEXT("False"), USER_FLAG_NO }, { TEXT("f"), USER_FLAG_NO },
		{ TEXT("no"), USER_FLAG_NO }, { TEXT("n"), USER_FLAG_NO },
		{ TEXT("off"), USER_FLAG_NO }, { TEXT(""), USER_FLAG_NO },
		{ TEXT("  "), USER_FLAG_NO }, { TEXT("maybe"), USER_FLAG_UNKNOWN },
		{ TEXT("2"), USER_FLAG_UNKNOWN }, { TEXT("1\0"), USER_FLAG_UNKNOWN },
		{ TEXT("tru"), USER_FLAG_UNKNOWN }, { TEXT("truer"), USER_FLAG_UNKNOWN },
		{ { .type = USER_CELL_BYTES, .data = "1", .len = 1 }, USER_FLAG_UNKNOWN },
	};
	char shown[USER_CELL_SHOWN_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (user_cell_flag(&cases[i].cell) != cases[i].flag)
			fail_msg("%zu: %s", i, user_cell_show(&cases[i].cell, shown));
}

static void
moments_are_read_as_iso_8601_or_as_numbers(void **state)
{
	static const struct {
		struct user_cell cell;
		int64_t moment;
	} cases[] = {
		{ TEXT("2023-11-14T22:13:20Z"), 1700000000 },
		{ TEXT("2023-11-14 22:13:20"), 1700000000 },
		{ TEXT("2023-11-14 22:13:20.999999"), 1700000000 },
		{ TEXT("2023-11-14t22:13:20,5z"), 1700000000 },
		{ TEXT("2023-11-15 00:13:20.123+02:00"), 1700000000 },
		{ TEXT("2023-11-15T00:13:20 +0200"), 1700000000 },
		{ TEXT("2023-11-14T17:13:20-05"), 1700000000 },
		{ TEXT("2023-11-14T22:13"), 1699999980 },
		{ TEXT("2023-11-14"), 1699920000 },
		{ TEXT("2024-02-29"), 1709164800 },
		{ TEXT("2016-12-31T23:59:60Z"), 1483228799 },
		{ NUMBER(1700000000), 1700000000 }, { NUMBER(1700000000123), 1700000000 },
		{ REAL(1700000000.75), 1700000000 }, { TEXT("1700000000.75"), 1700000000 },
		{ NUMBER(100000000000), 100000000000 }, { NUMBER(100000000001), 100000000 },
	};
	char shown[USER_CELL_SHOWN_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (user_cell_moment(&cases[i].cell) != cases[i].moment)
			fail_msg("%s: %lld", user_cell_show(&cases[i].cell, shown),
			    (long long)user_cell_moment(&cases[i].cell));
}

static void
what_is_no_moment_is_unknown(void **state)
{
	static const struct user_cell cases[] = {
		{ .type = USER_CELL_NULL }, TEXT(""), TEXT("yesterday"), TEXT("2023-11"),
		TEXT("2023-02-29"), TEXT("2023-13-01"), TEXT("2023-00-01"), TEXT("2023-01-00"),
		TEXT("2023-01-32"), TEXT("2023-11-14T25:00"), TEXT("2023-11-14T22:60"),
		TEXT("2023-11-14T22:13:61"), TEXT("2023-11-14T22:13:20+25:00"),
		TEXT("2023-11-14T22:13:20 UTC!"), TEXT("2023-11-14 "), TEXT("2023-11-14T"),
		TEXT("1969-12-31T23:59:59Z"), TEXT("1.2.3"), TEXT("."), TEXT("-5"), NUMBER(0),
		NUMBER(-1700000000), NUMBER(INT64_MAX), NUMBER(INT64_MIN), REAL(1e300),
		REAL(-1e300), REAL(0.5), TEXT("2023-11-14\0"),
		{ .type = USER_CELL_BYTES, .data = "2023-11-14", .len = 10 },
		TEXT("99999999999999999999999999999999999999999999999999999999999999999999"),
	};
	char shown[USER_CELL_SHOWN_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (user_cell_moment(&cases[i]) != 0)
			fail_msg("%zu: %s", i, user_cell_show(&cases[i], shown));
}

static void
a_cell_is_shown_so_that_it_cannot_steer_a_terminal(void **state)
{
	static const struct {
		struct user_cell cell;
		const char *shown;
	} cases[] = {
		{ { .type = USER_CELL_NULL }, "NULL" }, { NUMBER(-1), "-1" },
		{ REAL(0.5), "0.5" }, { TEXT("t\033[2J\""), "\"t\\x1b[2J\\x22\"" },
		{ TEXT(""), "\"\"" },
		{ TEXT("0123456789012345678901234567890123"),
		  "\"01234567890123456789012345678901\"..." },
		{ { .type = USER_CELL_BYTES, .data = "x", .len = 1 }, "bytes" },
	};
	char shown[USER_CELL_SHOWN_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(user_cell_show(&cases[i].cell, shown), cases[i].shown);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_are_what_their_program_meant),
		cmocka_unit_test(moments_are_read_as_iso_8601_or_as_numbers),
		cmocka_unit_test(what_is_no_moment_is_unknown),
		cmocka_unit_test(a_cell_is_shown_so_that_it_cannot_steer_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
