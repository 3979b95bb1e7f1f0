/* test_import_row: users who are ready to be taken, kept in a file. */
#include "account/import_row.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char static_text[] = "static";

/* Writes a row with some texts, and others missing. */
static void
write_row(FILE *file, const char *name)
{
	const struct import_row row = {
		.values = { .id = 7, .typed = (char *)(uintptr_t)name, .username = (char[]){""},
		    .hash = (char[]){"h\xc3\xa9"}, .is_active = true, .disabled_because = "why",
		    .dropped_email = static_text, .created_at = 5 },
		.where = { static_text, 3 }, .scheme = static_text,
	};

	assert_int_equal(import_row_write(file, &row), ERR_OK);
}

static void
rows_come_back_as_they_were(void **state)
{
	FILE *file = tmpfile();
	struct import_row row;
	bool is_there;

	(void)state;
	write_row(file, "a");
	write_row(file, "b");
	rewind(file);
	for (const char *name = "a"; *name <= 'b'; name = *name == 'a' ? "b" : "c") {
		assert_int_equal(import_row_read(file, &row, &is_there), ERR_OK);
		assert_true(is_there);
		assert_string_equal(row.values.typed, name);
		assert_string_equal(row.values.username, "");
		assert_null(row.values.username_key);
		assert_string_equal(row.values.hash, "h\xc3\xa9");
		assert_null(row.values.email);
		assert_int_equal(row.values.id, 7);
		assert_string_equal(row.values.disabled_because, "why");
		assert_ptr_equal(row.values.dropped_email, static_text);
		assert_ptr_equal(row.where.unit, static_text);
		assert_int_equal(row.where.number, 3);
		assert_ptr_equal(row.scheme, static_text);
		user_values_clear(&row.values);
	}
	assert_int_equal(import_row_read(file, &row, &is_there), ERR_OK);
	assert_false(is_there);
	user_values_clear(&row.values);
	fclose(file);
}

static void
a_file_that_is_cut_anywhere_is_refused(void **state)
{
	FILE *file = tmpfile();
	struct import_row row;
	long size;
	bool is_there;

	(void)state;
	write_row(file, "alice");
	size = ftell(file);
	for (long cut = size - 1; cut > 0; cut--) {
		assert_int_equal(fflush(file), 0);
		assert_int_equal(ftruncate(fileno(file), cut), 0);
		rewind(file);
		assert_int_equal(import_row_read(file, &row, &is_there), ERR_STORAGE);
		user_values_clear(&row.values);
	}
	fclose(file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_come_back_as_they_were),
		cmocka_unit_test(a_file_that_is_cut_anywhere_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
