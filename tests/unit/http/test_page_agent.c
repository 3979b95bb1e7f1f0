/* test_page_agent: programs and browsers as pages tell them. */
#include "http/page_agent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *
said(const struct page_value *value)
{
	return value->word != NULL ? value->word : value->text != NULL ? value->text : "";
}

static void
names_stay_and_what_is_english_becomes_a_word(void **state)
{
	static const struct { const char *stored, *program, *system; } cases[] = {
		{ "Firefox on Linux", "Firefox", "Linux" }, { "curl", "curl", "" },
		{ "Samsung Internet on Android", "Samsung Internet", "Android" },
		{ "", "agent_unknown", "" }, { "another program", "agent_another", "" },
		{ "an app on an Apple device", "agent_app", "agent_apple" },
		{ "Safari on iPhone", "Safari", "iPhone" },
	};
	struct page_agent agent;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		page_agent_fill(&agent, cases[i].stored);
		assert_string_equal(agent.program.name, "program");
		assert_string_equal(said(&agent.program), cases[i].program);
		assert_string_equal(agent.system.name, "system");
		assert_string_equal(said(&agent.system), cases[i].system);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_stay_and_what_is_english_becomes_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
