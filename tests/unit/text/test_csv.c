/* test_csv: comma-separated values. */
#include "text/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Writes all records as "line:[field][field]", or what is wrong, to said. */
static void
read_all(const char *text, size_t len, char *said, size_t size)
{
	struct csv csv;
	char fault[CSV_FAULT_SIZE] = "";
	FILE *in = fmemopen((void *)(uintptr_t)text, len, "r");
	FILE *out = fmemopen(said, size, "w");
	bool is_there;

	assert_non_null(in);
	assert_non_null(out);
	said[0] = '\0';
	assert_int_equal(csv_init(&csv, in), ERR_OK);
	while (csv_next(&csv, &is_there, fault) == ERR_OK && is_there) {
		fprintf(out, "%lld:", (long long)csv.line);
		for (size_t i = 0; i < csv.count; i++)
			fprintf(out, "[%.*s]", (int)csv.lens[i], csv.fields[i]);
	}
	fputs(fault, out);
	csv_clear(&csv);
	fclose(out);
	fclose(in);
}

static void
records_and_fields_are_told_apart(void **state)
{
	static const struct {
		const char *text, *records;
	} cases[] = {
		{ "a,b\n1,2\n", "1:[a][b]2:[1][2]" },
		{ "a,b\r\n1,2\r\n", "1:[a][b]2:[1][2]" },
		{ "a,b\n1,2", "1:[a][b]2:[1][2]" },
		{ "a,b\n1,2\r", "1:[a][b]2:[1][2]" },
		{ "\xef\xbb\xbf" "a,b\n", "1:[a][b]" },
		{ "a,b\n,\n", "1:[a][b]2:[][]" },
		{ "\n\na\n\r\n1\n\n", "3:[a]5:[1]" },
		{ "\"a\",\"b\"\n\"1,\"\"2\"\"\n3\",4\n5,6\n",
		  "1:[a][b]2:[1,\"2\"\n3][4]4:[5][6]" },
		{ "\"a\"\r\n\"1\"", "1:[a]2:[1]" },
		{ "a;b\n1,2;3\n", "1:[a][b]2:[1,2][3]" },
		{ "a\tb\n1;2\t3\n", "1:[a][b]2:[1;2][3]" },
		{ "\"a;b\"\n1\n", "1:[a;b]2:[1]" },
		{ "\"a,x\";b\n1;2\n", "1:[a,x][b]2:[1][2]" },
		{ "a,b;c\n1,2\n", "1:[a][b;c]2:[1][2]" },
		{ "a\n\"\"\n\"\"\"\"\n", "1:[a]3:[\"]" },
		{ "\n", "" },
	};
	char said[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		read_all(cases[i].text, strlen(cases[i].text), said, sizeof(said));
		if (strcmp(said, cases[i].records) != 0)
			fail_msg("%s: %s", cases[i].text, said);
	}
}

static void
what_is_no_csv_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{ "a\nb\"c\n", "1:[a]line 2 has a quotation mark within a field; put the field in "
		  "quotation marks, and write that one twice" },
		{ "a\n\"1\n2\n3", "1:[a]line 2 opens a quotation mark that is never closed" },
		{ "a\n\"1\n2\"x\n", "1:[a]line 3 has text behind a closing quotation mark" },
		{ "a,b\n\"1\"\r,2\n", "1:[a][b]line 2 has text behind a closing quotation mark" },
		{ "a\rb\rc", "line 1 has a carriage return that no line feed follows" },
	};
	char said[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		read_all(cases[i].text, strlen(cases[i].text), said, sizeof(said));
		if (strcmp(said, cases[i].said) != 0)
			fail_msg("%s: %s", cases[i].text, said);
	}
}

static void
limits_hold_on_both_sides(void **state)
{
	static char text[CSV_LEN_MAX + 2];
	struct csv csv;
	char fault[CSV_FAULT_SIZE];
	bool is_there;

	(void)state;
	for (size_t commas = CSV_FIELDS_MAX - 1; commas <= CSV_FIELDS_MAX; commas++) {
		FILE *in = fmemopen(text, commas, "r");

		memset(text, ',', commas);
		assert_int_equal(csv_init(&csv, in), ERR_OK);
		assert_int_equal(csv_next(&csv, &is_there, fault),
		    commas < CSV_FIELDS_MAX ? ERR_OK : ERR_REFUSED);
		csv_clear(&csv);
		fclose(in);
	}
	memset(text, 'a', sizeof(text));
	for (size_t len = CSV_LEN_MAX; len <= CSV_LEN_MAX + 1; len++) {
		FILE *in = fmemopen(text, len, "r");

		assert_int_equal(csv_init(&csv, in), ERR_OK);
		assert_int_equal(csv_next(&csv, &is_there, fault),
		    len <= CSV_LEN_MAX ? ERR_OK : ERR_REFUSED);
		csv_clear(&csv);
		fclose(in);
	}
}

/* Gives zero bytes, and counts them; after 16 MiB it comes to an end, so that this test does. */
static ssize_t
give_zeros(void *given, char *buffer, size_t size)
{
	size_t *count = given;

	if (*count >= 16 * (size_t)CSV_LEN_MAX)
		return 0;
	memset(buffer, 0, size);
	*count += size;
	return (ssize_t)size;
}

static int
stay(void *given, off64_t *offset, int whence)
{
	(void)given;
	(void)whence;
	*offset = 0;
	return 0;
}

static void
a_first_line_that_never_ends_is_given_up(void **state)
{
	size_t given = 0;
	FILE *in = fopencookie(&given, "r",
	    (cookie_io_functions_t){ .read = give_zeros, .seek = stay });
	struct csv csv;
	char fault[CSV_FAULT_SIZE];
	bool is_there;

	(void)state;
	assert_non_null(in);
	assert_int_equal(csv_init(&csv, in), ERR_OK);
	assert_int_equal(csv_next(&csv, &is_there, fault), ERR_REFUSED);
	assert_true(given < 3 * (size_t)CSV_LEN_MAX);
	csv_clear(&csv);
	fclose(in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_and_fields_are_told_apart),
		cmocka_unit_test(what_is_no_csv_is_refused_with_its_line),
		cmocka_unit_test(limits_hold_on_both_sides),
		cmocka_unit_test(a_first_line_that_never_ends_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
