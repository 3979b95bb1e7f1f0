/* test_arrivals: what the threads of a process may take up next. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "serve/connections.h"

static int64_t
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Nobody ever connects to it: it has a name of the kernel's choice. */
static struct arrivals *
open_arrivals(void)
{
	const struct sockaddr_un any = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct arrivals *arrivals;

	assert_int_equal(bind(fd, (const struct sockaddr *)&any, sizeof(any.sun_family)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(arrivals_open(fd, &arrivals), ERR_OK);
	return arrivals;
}

static void
do_nothing(int signal_number)
{
	(void)signal_number;
}

static void
a_wait_that_is_interrupted_takes_its_time_all_the_same(void **state)
{
	const struct sigaction action = { .sa_handler = do_nothing };
	const struct itimerval soon = { .it_value.tv_usec = 20 * 1000 };
	struct arrivals *arrivals = open_arrivals();
	int64_t begin;
	int fd;

	(void)state;
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	begin = now_ms();

	assert_int_equal(arrivals_wait(arrivals, 200, &fd), ARRIVAL_NONE);

	assert_int_equal(fd, -1);
	assert_in_range(now_ms() - begin, 190, 10000);
	arrivals_close(arrivals);
}

static void
a_kept_connection_arrives_when_it_is_written_to_and_only_once(void **state)
{
	struct arrivals *arrivals = open_arrivals();
	int ends[2], fd;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	arrivals_keep(arrivals, ends[0]);
	assert_int_equal(arrivals_wait(arrivals, 0, &fd), ARRIVAL_NONE);

	assert_int_equal(write(ends[1], "x", 1), 1);

	assert_int_equal(arrivals_wait(arrivals, 1000, &fd), ARRIVAL_KEPT);
	assert_int_equal(fd, ends[0]);
	assert_int_equal(arrivals_wait(arrivals, 0, &fd), ARRIVAL_NONE);
	(void)close(ends[0]);
	(void)close(ends[1]);
	arrivals_close(arrivals);
}

static void
after_the_end_only_what_was_written_to_is_left_and_none_is_kept(void **state)
{
	struct arrivals *arrivals = open_arrivals();
	int silent[2], busy[2], fd;
	char byte;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, silent), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, busy), 0);
	arrivals_keep(arrivals, silent[0]);
	arrivals_keep(arrivals, busy[0]);
	assert_int_equal(write(busy[1], "x", 1), 1);

	arrivals_end(arrivals);

	assert_int_equal(arrivals_take_rest(arrivals, &fd), ARRIVAL_KEPT);
	assert_int_equal(fd, busy[0]);
	assert_int_equal(read(silent[1], &byte, 1), 0);
	arrivals_keep(arrivals, fd);
	assert_int_equal(arrivals_take_rest(arrivals, &fd), ARRIVAL_NONE);
	assert_int_equal(send(busy[1], "x", 1, MSG_NOSIGNAL), -1);
	(void)close(silent[1]);
	(void)close(busy[1]);
	arrivals_close(arrivals);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wait_that_is_interrupted_takes_its_time_all_the_same),
		cmocka_unit_test(a_kept_connection_arrives_when_it_is_written_to_and_only_once),
		cmocka_unit_test(after_the_end_only_what_was_written_to_is_left_and_none_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
