/* test_load: how busy others keep the processors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/load.h"

static void
others_are_what_is_busy_but_for_this_process(void **state)
{
	static const struct { struct load now; int expected; } vectors[] = {
		{ { .busy = 110, .all = 1010, .own = 15 }, 50 },
		{ { .busy = 110, .all = 1010, .own = 10 }, 100 },
		{ { .busy = 110, .all = 1010, .own = 20 }, 0 },
		{ { .busy = 101, .all = 1010, .own = 11 }, 0 },
		/* Ticks are coarse. */
		{ { .busy = 105, .all = 1010, .own = 16 }, 0 },
		{ { .busy = 112, .all = 1010, .own = 10 }, 100 },
		{ { .busy = 100, .all = 1000, .own = 10 }, 0 },
	};
	const struct load then = { .busy = 100, .all = 1000, .own = 10 };

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		assert_int_equal(load_of_others(&then, &vectors[i].now), vectors[i].expected);
}

static void
own_work_is_seen_as_own(void **state)
{
	volatile unsigned long count = 0;
	struct load then, now;

	(void)state;
	assert_true(load_read(&then));
	do {
		for (int i = 0; i < 1000000; i++)
			count++;
		assert_true(load_read(&now));
	} while (now.own - then.own < 0.03);

	assert_true(now.all > then.all);
	assert_true(now.busy >= then.busy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(others_are_what_is_busy_but_for_this_process),
		cmocka_unit_test(own_work_is_seen_as_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
