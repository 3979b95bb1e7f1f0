/* test_user_source: users of other programs, row by row. */
#include "text/user_source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum format { CSV, NDJSON, HTPASSWD };

/* Writes a row as "line 7: id=1 name=a hash=b active=1 scope=c", as far as there are cells. */
static enum err
print_row(const struct user_cell cells[USER_ROLES], struct user_where where, void *out)
{
	static const char *const called[USER_ROLES] = { "id", "name", "email", "display", "hash",
		"active", "disabled", "scope", "created", "imported" };
	char shown[USER_CELL_SHOWN_SIZE];

	fprintf(out, "%s %lld:", where.unit, (long long)where.number);
	for (int i = 0; i < USER_ROLES; i++)
		if (cells[i].type != USER_CELL_NULL)
			fprintf(out, " %s=%s", called[i], user_cell_show(&cells[i], shown));
	fputs("; ", out);
	return ERR_OK;
}

/* Reads a text twice; said is what came the second time, or the fault. */
static void
read_twice(enum format format, const char *text, char *said, size_t size)
{
	static const struct user_columns_named named = {0};
	FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	FILE *out = fmemopen(said, size, "w");
	struct user_source source;
	enum err err;

	assert_non_null(in);
	assert_non_null(out);
	said[0] = '\0';
	err = format == CSV ? user_source_open_csv(&source, in, &named)
	    : format == NDJSON ? user_source_open_ndjson(&source, in, &named)
	    : user_source_open_htpasswd(&source, in);
	for (int i = 0; i < 2 && err == ERR_OK; i++) {
		rewind(out);
		err = source.read(&source, print_row, out);
	}
	if (err != ERR_OK)
		fputs(source.fault, out);
	user_source_close(&source);
	fclose(out);
	fclose(in);
}

static void
rows_are_read_by_role(void **state)
{
	static const struct {
		enum format format;
		const char *text, *rows;
	} cases[] = {
		{ CSV, "other,password,email\n1,pw,a@b\n\n2,,\"c\"\n",
		  "line 2: name=\"a@b\" email=\"a@b\" hash=\"pw\"; "
		  "line 4: name=\"c\" email=\"c\" hash=\"\"; " },
		{ NDJSON, "{\"username\":\"a\",\"id\":1,\"other\":{\"x\":[1]}}\n"
		  " \n"
		  "{\"password\":\"pw\",\"username\":7,\"is_active\":true,\"id\":0.5}\r\n"
		  "{\"password\":{},\"username\":null,\"is_active\":false}",
		  "line 1: id=1 name=\"a\"; line 3: id=0.5 name=7 hash=\"pw\" active=1; "
		  "line 4: hash=bytes active=0; " },
		{ NDJSON, "{\"username\":\"a\",\"password\":\"b\",\"imported\":false,"
		  "\"scope\":[\"x\",\"y\"]}\n"
		  "{\"username\":\"a\",\"password\":\"b\",\"scope\":[]}\n"
		  "{\"username\":[\"a\"],\"password\":\"b\",\"scope\":[\"x\",7]}\n",
		  "line 1: name=\"a\" hash=\"b\" scope=\"x y\" imported=0; "
		  "line 2: name=\"a\" hash=\"b\" scope=\"\"; "
		  "line 3: name=bytes hash=\"b\" scope=bytes; " },
		{ NDJSON, "{\"username\":\"a\",\"password\":\"b\",\"id\":99999999999999999999}",
		  "line 1: id=9223372036854775807 name=\"a\" hash=\"b\"; " },
		{ HTPASSWD, "# users\n\na:$apr1$x\r\nb:\nc:{SHA}x=:a comment: of mine\n",
		  "line 3: name=\"a\" hash=\"$apr1$x\"; line 4: name=\"b\" hash=\"\"; "
		  "line 5: name=\"c\" hash=\"{SHA}x=\"; " },
	};
	char said[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		read_twice(cases[i].format, cases[i].text, said, sizeof(said));
		if (strcmp(said, cases[i].rows) != 0)
			fail_msg("%zu: %s", i, said);
	}
}

static void
what_cannot_be_read_is_said_with_its_line(void **state)
{
	static const struct {
		enum format format;
		const char *text, *fault;
	} cases[] = {
		{ CSV, "\n", "the file is empty; its first line must name the columns" },
		{ CSV, "username,pa\xffss\n",
		  "the first line, which names the columns, is not UTF-8; "
		  "save the file as UTF-8" },
		{ CSV, "\xff\xfeu\n",
		  "the first line, which names the columns, is not UTF-8; "
		  "save the file as UTF-8" },
		{ CSV, "alice,hunter2\n", "there is no column for the name; name it with "
		  "--username-column (the first line of the file must name the columns)" },
		{ NDJSON, "[{}]\n", "line 1 begins a list; write each object of it on a line of "
		  "its own, as jq -c '.[]' does" },
		{ NDJSON, "{\"a\":1}\n", "there is no column for the name; name it with "
		  "--username-column (there are: a)" },
		{ NDJSON, "{}\n{\n", "line 2 is not one JSON object" },
		{ NDJSON, "null", "line 1 is not one JSON object" },
		{ NDJSON, "{} {}", "line 1 is not one JSON object" },
		{ NDJSON, "{\"a\":1,\"a\":2}", "line 1 is not one JSON object" },
	};
	char said[USER_SOURCE_FAULT_SIZE + 256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		read_twice(cases[i].format, cases[i].text, said, sizeof(said));
		if (strcmp(said, cases[i].fault) != 0)
			fail_msg("%zu: %s", i, said);
	}
}

static void
a_row_with_more_or_fewer_fields_than_names_is_refused(void **state)
{
	char said[512];

	(void)state;
	read_twice(CSV, "username,password\na,b\nc\n", said, sizeof(said));
	assert_string_equal(said, "line 2: name=\"a\" hash=\"b\"; line 3 does not have as "
	    "many fields as the first line, which names them: 1, and not 2");
	read_twice(HTPASSWD, "a:b\nc\n", said, sizeof(said));
	assert_string_equal(said, "line 1: name=\"a\" hash=\"b\"; "
	    "line 2 is not of the form name:hash");
}

static void
no_object_at_all_is_no_fault(void **state)
{
	char said[512];

	(void)state;
	read_twice(NDJSON, "\n", said, sizeof(said));
	assert_string_equal(said, "");
}

static void
very_many_names_of_members_are_refused(void **state)
{
	static const struct user_columns_named named = {0};
	struct user_source source;
	FILE *in = tmpfile();

	(void)state;
	assert_non_null(in);
	for (int i = 0; i <= USER_SOURCE_NAMES_MAX; i++)
		fprintf(in, "{\"name%d\":1}\n", i);
	assert_int_equal(user_source_open_ndjson(&source, in, &named), ERR_REFUSED);
	assert_string_equal(source.fault, "line 1025 brings more than 1024 names of members");
	user_source_close(&source);
	fclose(in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_read_by_role),
		cmocka_unit_test(what_cannot_be_read_is_said_with_its_line),
		cmocka_unit_test(a_row_with_more_or_fewer_fields_than_names_is_refused),
		cmocka_unit_test(no_object_at_all_is_no_fault),
		cmocka_unit_test(very_many_names_of_members_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
