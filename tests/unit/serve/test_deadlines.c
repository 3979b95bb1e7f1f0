/* test_deadlines: past its deadline a connection cannot be read from any more. */
#include "serve/deadlines.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

enum { LIMIT = 1024 };

/* A listening socket with somebody at it, who is not accepted yet. */
struct fixture {
	struct deadlines *deadlines;
	struct sockaddr_un name;
	socklen_t name_len;
	int listening;
	int client;
};

static int
set_up(void **state)
{
	const struct sockaddr_un any = { .sun_family = AF_UNIX };
	struct fixture *f = calloc(1, sizeof(*f));
	struct sockaddr *name;

	assert_non_null(f);
	name = (struct sockaddr *)&f->name;
	f->name_len = sizeof(f->name);
	f->deadlines = deadlines_new(LIMIT);
	assert_non_null(f->deadlines);
	f->listening = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(f->listening, (const struct sockaddr *)&any,
	    sizeof(any.sun_family)), 0);
	assert_int_equal(listen(f->listening, 4), 0);
	assert_int_equal(getsockname(f->listening, name, &f->name_len), 0);
	f->client = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(connect(f->client, name, f->name_len), 0);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	(void)close(f->client);
	(void)close(f->listening);
	deadlines_free(f->deadlines);
	free(f);
	return 0;
}

/* Whether a read would find the end of input. */
static bool
is_shut(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

static void
a_connection_past_its_deadline_is_shut(void **state)
{
	const struct fixture *f = *state;
	int fd = deadlines_accept(f->deadlines, f->listening);

	assert_true(fd >= 0);
	(void)deadlines_set(f->deadlines, fd, clock_ms());

	deadlines_enforce(f->deadlines);

	assert_true(is_shut(fd));
	(void)close(fd);
}

static void
a_connection_before_its_deadline_or_without_one_is_left_alone(void **state)
{
	const struct fixture *f = *state;
	int fd = deadlines_accept(f->deadlines, f->listening);

	deadlines_enforce(f->deadlines);
	assert_false(is_shut(fd));

	(void)deadlines_set(f->deadlines, fd, clock_ms() + 3600 * 1000);
	deadlines_enforce(f->deadlines);
	assert_false(is_shut(fd));

	(void)deadlines_set(f->deadlines, fd, clock_ms());
	deadlines_clear(f->deadlines, fd);
	deadlines_enforce(f->deadlines);
	assert_false(is_shut(fd));
	(void)close(fd);
}

static void
a_later_connection_of_the_same_number_has_no_deadline(void **state)
{
	const struct fixture *f = *state;
	int fd = deadlines_accept(f->deadlines, f->listening);
	int other;

	(void)deadlines_set(f->deadlines, fd, clock_ms());
	(void)close(fd);	/* as the library does, without telling */
	/* It gets the number that has become free; the other end takes the next. */
	other = dup(f->client);
	assert_int_equal(other, fd);
	assert_int_equal(dup2(socket(AF_UNIX, SOCK_STREAM, 0), other), other);
	assert_int_equal(connect(other, (const struct sockaddr *)&f->name, f->name_len), 0);
	assert_int_equal(dup2(other, f->client), f->client);
	(void)close(other);
	assert_int_equal(deadlines_accept(f->deadlines, f->listening), fd);

	deadlines_enforce(f->deadlines);

	assert_false(is_shut(fd));
	(void)close(fd);
}

static void
the_deadline_of_a_closed_connection_takes_no_other_away(void **state)
{
	const struct fixture *f = *state;
	int fd = deadlines_accept(f->deadlines, f->listening);
	const int64_t now = clock_ms();
	const int64_t of_former = deadlines_set(f->deadlines, fd, now);
	const int64_t of_later = deadlines_set(f->deadlines, fd, now);

	deadlines_clear_own(f->deadlines, fd, of_later);
	deadlines_enforce(f->deadlines);
	assert_false(is_shut(fd));

	(void)deadlines_set(f->deadlines, fd, now);
	deadlines_clear_own(f->deadlines, fd, of_former);
	deadlines_enforce(f->deadlines);
	assert_true(is_shut(fd));
	(void)close(fd);
}

static void
no_descriptor_at_the_limit_is_accepted(void **state)
{
	const struct fixture *f = *state;
	struct deadlines *deadlines = deadlines_new(f->client + 1);

	assert_non_null(deadlines);
	errno = 0;
	assert_int_equal(deadlines_accept(deadlines, f->listening), -1);

	assert_int_equal(errno, EMFILE);
	assert_true(is_shut(f->client));
	deadlines_free(deadlines);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FIXTURE(a_connection_past_its_deadline_is_shut),
		WITH_FIXTURE(a_connection_before_its_deadline_or_without_one_is_left_alone),
		WITH_FIXTURE(a_later_connection_of_the_same_number_has_no_deadline),
		WITH_FIXTURE(the_deadline_of_a_closed_connection_takes_no_other_away),
		WITH_FIXTURE(no_descriptor_at_the_limit_is_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
