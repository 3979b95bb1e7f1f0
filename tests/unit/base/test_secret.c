/* test_secret: random bytes, comparison, wiping, no core files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/secret.h"

static void
random_bytes_differ_each_time_and_stay_in_bounds(void **state)
{
	unsigned char a[34] = {0}, b[34] = {0};

	(void)state;
	assert_int_equal(secret_random(a + 1, 32), ERR_OK);
	assert_int_equal(secret_random(b + 1, 32), ERR_OK);

	assert_memory_not_equal(a + 1, b + 1, 32);
	assert_int_equal(a[0] | a[33] | b[0] | b[33], 0);
}

static void
no_random_bytes_are_no_failure(void **state)
{
	(void)state;
	assert_int_equal(secret_random(NULL, 0), ERR_OK);
}

static void
equality_means_every_byte(void **state)
{
	static const struct {
		const char *a;
		const char *b;
		size_t len;
		bool expected;
	} vectors[] = {
		{ "secret", "secret", 6, true },
		{ "secret", "secreT", 6, false },
		{ "secret", "Secret", 6, false },
		{ "sec\0et", "sec\0eT", 6, false },
		{ "secret", "secreT", 5, true },
		{ "a", "b", 0, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		if (vectors[i].expected !=
		    secret_equal(vectors[i].a, vectors[i].b, vectors[i].len))
			fail_msg("vector %zu: expected %d", i, vectors[i].expected);
}

static void
a_wiped_text_is_gone_and_its_neighbours_stay(void **state)
{
	char data[] = "[secret]";

	(void)state;
	secret_wipe(data + 1, 6);

	assert_memory_equal(data, "[\0\0\0\0\0\0]", 8);
}

static void
nothing_can_be_wiped_and_freed(void **state)
{
	(void)state;
	secret_wipe(NULL, 0);
	secret_free(NULL);
	secret_free(strdup("secret"));
	secret_free(strdup(""));
}

static void
a_guarded_process_cannot_be_dumped(void **state)
{
	struct rlimit limit;
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	if (pid == 0) {
		secret_guard_process();
		(void)getrlimit(RLIMIT_CORE, &limit);
		_exit(limit.rlim_cur != 0 || limit.rlim_max != 0 ||
		    prctl(PR_GET_DUMPABLE) != 0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);

	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_bytes_differ_each_time_and_stay_in_bounds),
		cmocka_unit_test(no_random_bytes_are_no_failure),
		cmocka_unit_test(equality_means_every_byte),
		cmocka_unit_test(a_wiped_text_is_gone_and_its_neighbours_stay),
		cmocka_unit_test(nothing_can_be_wiped_and_freed),
		cmocka_unit_test(a_guarded_process_cannot_be_dumped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
