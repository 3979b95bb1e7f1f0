/* test_lookalike: names that look like a reserved one, and names that do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "text/lookalike.h"

#define COUNT(names) (sizeof(names) / sizeof((names)[0]))

static const char list[] = "admin null support  webmaster";

static void
check_all(const char *const *names, size_t count, bool expected)
{
	for (size_t i = 0; i < count; i++) {
		bool is_listed = !expected;

		assert_int_equal(lookalike_is_listed(names[i], list, &is_listed), ERR_OK);
		if (is_listed != expected)
			fail_msg("\"%s\": came %d", names[i], is_listed);
	}
}

static void
names_that_look_like_a_listed_one_are_known(void **state)
{
	static const char *const names[] = {
		"admin", "null", "webmaster",
		/* Cyrillic */
		"аdmin", "аԁміп", "ѕuррогt", "nuӏӏ", "ԝеbмаѕtег",
		/* Greek */
		"αdmιn", "sυρρorτ", "ηull",
		/* Armenian */
		"admiո", "sսppօrt",
		/* Cherokee, small */
		"ꭺꭰꮇꭵn", "ꮃebmaster",
		/* Lisu */
		"ꓮꓓꓟꓲꓠ",
		/* small capitals, dotless */
		"ᴀᴅᴍɪɴ", "admın", "ꜱupport",
		/* Coptic */
		"ⲁdⲙⲓⲛ",
		/* marks */
		"ạdmin", "ádmin", "ädmin", "nụll", "ńüĺĺ",
		/* digits and pairs */
		"adm1n", "nu11", "admln", "adrnin", "supp0rt", "vvebmaster",
	};

	(void)state;
	check_all(names, COUNT(names), true);
}

static void
other_names_are_not(void **state)
{
	static const char *const names[] = {
		"alice", "admins", "admi", "ad min", "administration", "nul", "supporter",
		"\u7ba1\u7406\u5458", "\u0430\u043d\u043d\u0430",
		"\u03c3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2", "x", "\U00020000",
	};

	(void)state;
	check_all(names, COUNT(names), false);
}

static void
an_empty_list_has_no_name(void **state)
{
	bool is_listed = true;

	(void)state;
	assert_int_equal(lookalike_is_listed("admin", "", &is_listed), ERR_OK);
	assert_false(is_listed);
	assert_int_equal(lookalike_is_listed("admin", "  ", &is_listed), ERR_OK);
	assert_false(is_listed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_that_look_like_a_listed_one_are_known),
		cmocka_unit_test(other_names_are_not),
		cmocka_unit_test(an_empty_list_has_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
