/* test_setup_settings: values that are put into the text of bearward.conf. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "account/setup_settings.h"

static void
a_setting_takes_the_place_of_its_line_or_of_its_comment_or_comes_last(void **state)
{
	static const struct setup_setting settings[] = {
		{ "issuer", "https://a" }, { "state_dir", "/s" }, {0},
	};
	static const struct {
		const char *text, *changed;
	} vectors[] = {
		{ "", "issuer = https://a\nstate_dir = /s\n" },
		{ "x = 1", "x = 1\nissuer = https://a\nstate_dir = /s\n" },
		{ "#issuer = b\n#state_dir =\nx = 1\n",
		  "issuer = https://a\nstate_dir = /s\nx = 1\n" },
		{ "#state_dir = 1\n# issuer = c\nstate_dir=2\r\n#issuer=3",
		  "#state_dir = 1\n# issuer = c\nstate_dir = /s\nissuer = https://a\n" },
		/* Blanks before a key are nothing, and a key that is there twice a mistake. */
		{ "#state_dir = 1\n \t state_dir\t= 2\n  #issuer = 3\n",
		  "#state_dir = 1\nstate_dir = /s\nissuer = https://a\n" },
		{ "state_dir_other = 1\nstate_dir = 2\nissuers = 3\n",
		  "state_dir_other = 1\nstate_dir = /s\nissuers = 3\nissuer = https://a\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		char *changed;

		assert_int_equal(setup_settings_change(vectors[i].text, settings, &changed),
		    ERR_OK);
		assert_string_equal(changed, vectors[i].changed);
		free(changed);
	}
}

static void
a_value_that_would_be_read_otherwise_is_refused(void **state)
{
	static const char *const good[] = { "/home/me/bearward", "a b", "/Zoë" };
	static const char *const bad[] = {
		"", " a", "a ", "a\nregistration = open", "a\r", "\"a\"", "a #b", "\xff", "a\tb"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(setup_settings_can_hold(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (setup_settings_can_hold(bad[i]))
			fail_msg("value %zu", i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_setting_takes_the_place_of_its_line_or_of_its_comment_or_comes_last),
		cmocka_unit_test(a_value_that_would_be_read_otherwise_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
