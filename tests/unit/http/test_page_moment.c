/* test_page_moment: moments and agents as pages tell them. */
#include "http/page_moment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *
find(const struct page_moment *moment, const char *name)
{
	for (const struct page_value *value = moment->items[0]; value->name != NULL; value++)
		if (strcmp(value->name, name) == 0)
			return value->word != NULL ? value->word : value->text;
	fail_msg("there is no value %s", name);
	return "";
}

static void
a_date_is_a_word_of_its_month_with_what_that_is_made_of(void **state)
{
	struct page_moment moment;

	(void)state;
	page_moment_date(&moment, 1709211659);
	assert_string_equal(find(&moment, "iso"), "2024-02-29T13:00:59Z");
	assert_string_equal(find(&moment, "said"), "date_2");
	assert_string_equal(find(&moment, "day"), "29");
	assert_string_equal(find(&moment, "year"), "2024");
	assert_string_equal(find(&moment, "time"), "13:00");
	assert_null(moment.items[1]);
	page_moment_date(&moment, 1767225599);
	assert_string_equal(find(&moment, "said"), "date_12");
}

static void
how_long_ago_it_was_is_counted_in_what_people_count(void **state)
{
	static const struct { int64_t age; const char *said, *count; } cases[] = {
		{ -5, "ago_moment", "" }, { 0, "ago_moment", "" }, { 59, "ago_moment", "" },
		{ 60, "ago_minute", "1" }, { 119, "ago_minute", "1" },
		{ 120, "ago_minutes", "2" }, { 3599, "ago_minutes", "59" },
		{ 3600, "ago_hour", "1" }, { 7200, "ago_hours", "2" },
		{ 86399, "ago_hours", "23" }, { 86400, "ago_day", "1" },
		{ 30 * 86400, "ago_days", "30" },
	};
	const int64_t now = 1709211659;
	struct page_moment moment;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		page_moment_ago(&moment, now - cases[i].age, now);
		assert_string_equal(find(&moment, "said"), cases[i].said);
		assert_string_equal(find(&moment, "count"), cases[i].count);
	}
}

static void
what_is_no_moment_is_not_told(void **state)
{
	struct page_moment moment;

	(void)state;
	page_moment_date(&moment, INT64_MAX);
	assert_null(moment.items[0]);
	page_moment_ago(&moment, INT64_MAX, 0);
	assert_null(moment.items[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_date_is_a_word_of_its_month_with_what_that_is_made_of),
		cmocka_unit_test(how_long_ago_it_was_is_counted_in_what_people_count),
		cmocka_unit_test(what_is_no_moment_is_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
