/* test_deadlines: past its deadline a connection cannot be read from any more. */
#include "serve/deadlines.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

enum { LIMIT = 1024 };

/* A listening socket with somebody at it. */
static int
listen_with_client(int *client)
{
	const struct sockaddr_un any = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct sockaddr_un name;
	socklen_t len = sizeof(name);

	assert_int_equal(bind(fd, (const struct sockaddr *)&any, sizeof(any.sun_family)), 0);
	assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &len), 0);
	*client = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(connect(*client, (const struct sockaddr *)&name, len), 0);
	return fd;
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
	struct deadlines *deadlines = deadlines_new(LIMIT);
	int client, listening = listen_with_client(&client);
	int fd = deadlines_accept(deadlines, listening);

	(void)state;
	assert_true(fd >= 0);
	deadlines_set(deadlines, fd, clock_ms());

	deadlines_enforce(deadlines);

	assert_true(is_shut(fd));
	(void)close(fd);
	(void)close(client);
	(void)close(listening);
	deadlines_free(deadlines);
}

static void
a_connection_before_its_deadline_or_without_one_is_left_alone(void **state)
{
	struct deadlines *deadlines = deadlines_new(LIMIT);
	int client, listening = listen_with_client(&client);
	int fd = deadlines_accept(deadlines, listening);

	(void)state;
	deadlines_enforce(deadlines);
	assert_false(is_shut(fd));

	deadlines_set(deadlines, fd, clock_ms() + 3600 * 1000);
	deadlines_enforce(deadlines);
	assert_false(is_shut(fd));

	deadlines_set(deadlines, fd, clock_ms());
	deadlines_clear(deadlines, fd);
	deadlines_enforce(deadlines);
	assert_false(is_shut(fd));
	(void)close(fd);
	(void)close(client);
	(void)close(listening);
	deadlines_free(deadlines);
}

static void
a_later_connection_of_the_same_number_has_no_deadline(void **state)
{
	struct deadlines *deadlines = deadlines_new(LIMIT);
	int client, other, listening = listen_with_client(&client);
	int fd = deadlines_accept(deadlines, listening);
	struct sockaddr_un name;
	socklen_t len = sizeof(name);

	(void)state;
	deadlines_set(deadlines, fd, clock_ms());
	(void)close(fd);	/* as the library does, without telling */
	assert_int_equal(getsockname(listening, (struct sockaddr *)&name, &len), 0);
	/* It gets the number that has become free; the other end takes the next. */
	other = dup(client);
	assert_int_equal(other, fd);
	assert_int_equal(dup2(socket(AF_UNIX, SOCK_STREAM, 0), other), other);
	assert_int_equal(connect(other, (const struct sockaddr *)&name, len), 0);
	assert_int_equal(dup2(other, client), client);
	(void)close(other);
	assert_int_equal(deadlines_accept(deadlines, listening), fd);

	deadlines_enforce(deadlines);

	assert_false(is_shut(fd));
	(void)close(fd);
	(void)close(client);
	(void)close(listening);
	deadlines_free(deadlines);
}

static void
no_descriptor_at_the_limit_is_accepted(void **state)
{
	int client, listening = listen_with_client(&client);
	struct deadlines *deadlines = deadlines_new(client + 1);

	(void)state;
	errno = 0;
	assert_int_equal(deadlines_accept(deadlines, listening), -1);

	assert_int_equal(errno, EMFILE);
	assert_true(is_shut(client));
	(void)close(client);
	(void)close(listening);
	deadlines_free(deadlines);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_past_its_deadline_is_shut),
		cmocka_unit_test(a_connection_before_its_deadline_or_without_one_is_left_alone),
		cmocka_unit_test(a_later_connection_of_the_same_number_has_no_deadline),
		cmocka_unit_test(no_descriptor_at_the_limit_is_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
