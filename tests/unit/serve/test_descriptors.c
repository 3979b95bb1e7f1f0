/* test_descriptors: threads and kept connections fit the limit of open files. */
#include "serve/descriptors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

static void
set_limit(rlim_t soft)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = soft;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static long
total(const struct descriptors *divided)
{
	return divided->threads + divided->kept + divided->silent;
}

static void
where_there_is_room_all_threads_are_given(void **state)
{
	struct descriptors divided;

	(void)state;
	set_limit(1024);

	divided = descriptors_divide(520, 70);

	assert_int_equal(divided.limit, 1024);
	assert_int_equal(divided.threads, 520);
	assert_true(total(&divided) + 70 <= divided.limit);
}

static void
where_there_is_little_room_nothing_is_over_the_limit(void **state)
{
	(void)state;
	for (long limit = 20; limit < 400; limit += 7) {
		struct descriptors divided;

		set_limit((rlim_t)limit);
		divided = descriptors_divide(520, 70);

		assert_true(divided.threads >= 1);
		assert_true(divided.kept >= 0 && divided.silent >= 0);
		if (limit > 72)
			assert_true(total(&divided) + 70 <= limit);
	}
	set_limit(1024);
}

static void
the_soft_limit_is_raised_as_far_as_the_hard_one_allows(void **state)
{
	struct rlimit limit;

	(void)state;
	set_limit(64);

	descriptors_raise();

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_true(limit.rlim_cur == limit.rlim_max || limit.rlim_cur >= 4096);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_there_is_room_all_threads_are_given),
		cmocka_unit_test(where_there_is_little_room_nothing_is_over_the_limit),
		cmocka_unit_test(the_soft_limit_is_raised_as_far_as_the_hard_one_allows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
