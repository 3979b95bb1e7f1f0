/* test_groups: lists of groups. */
#include "text/groups.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SIXTY "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01234567"

static void
a_list_has_names_of_few_letters_between_single_spaces_each_once(void **state)
{
	static const struct {
		const char *list;
		const char *words;	/* that its fault has in it; NULL: it has none */
	} rows[] = {
		{ "", NULL }, { "admins", NULL }, { "a b", NULL }, { "b a", NULL },
		{ "a aa aaa aa.a", NULL }, { "89_.:/- -", NULL }, { SIXTY "8901 b", NULL },
		{ SIXTY "89012", "64 characters" }, { "a " SIXTY "89012", "64 characters" },
		{ " ", "single spaces" }, { " a", "single spaces" }, { "a ", "single spaces" },
		{ "a  b", "single spaces" },
		{ "a,b", "only letters" }, { "a\tb", "only letters" }, { "a\nb", "only letters" },
		{ "a%20b", "only letters" }, { "\"a\"", "only letters" }, { "a=b", "letters" },
		{ "a b\x01", "only letters" }, { "\xc3\xa4", "only letters" }, { "\xff", "only" },
		{ "a a", "twice" }, { "a b a", "twice" }, { "b aa a aa", "twice" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *fault = groups_find_fault(rows[i].list);

		if ((fault == NULL) != (rows[i].words == NULL) ||
		    (fault != NULL && strstr(fault, rows[i].words) == NULL))
			fail_msg("'%s': expected %s, came %s", rows[i].list,
			    rows[i].words != NULL ? rows[i].words : "no fault",
			    fault != NULL ? fault : "no fault");
	}
}

static void
a_list_has_at_most_32_names_and_1024_bytes(void **state)
{
	char list[4096] = "0";

	(void)state;
	for (int i = 1; i < GROUPS_MAX; i++)
		sprintf(list + strlen(list), " %d", i);
	assert_null(groups_find_fault(list));
	strcat(list, " z");
	assert_non_null(strstr(groups_find_fault(list), "32 groups"));

	strcpy(list, "a" SIXTY);
	for (int i = 10; strlen(list) + 63 <= GROUPS_LEN_MAX; i++)
		sprintf(list + strlen(list), " %d" SIXTY, i);
	strcat(list, " z0123456789012345678901234567890123456789");
	list[GROUPS_LEN_MAX] = '\0';
	assert_null(groups_find_fault(list));
	strcat(list, "z");
	assert_non_null(strstr(groups_find_fault(list), "1024 characters"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_has_names_of_few_letters_between_single_spaces_each_once),
		cmocka_unit_test(a_list_has_at_most_32_names_and_1024_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
