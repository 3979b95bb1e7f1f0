/* test_connections: each connection is given to one thread, when it has something to say. */
#include "serve/connections.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

/* Others come in between before a connection is watched, if they can. */
int
epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event)
{
	for (int i = 0; i < 30 && event->events == (EPOLLIN | EPOLLET); i++)
		(void)sched_yield();
	return (int)syscall(SYS_epoll_ctl, epoll_fd, operation, fd, event);
}

/* What a test holds: connections at a socket, whose name is the kernel's. */
struct fixture {
	struct sockaddr_un name;
	socklen_t name_len;
	struct deadlines *deadlines;
	struct connections *connections;
};

enum { KEPT_MAX = 2, SILENT_MAX = 3 };

static int
set_up(void **state)
{
	const struct sockaddr_un any = { .sun_family = AF_UNIX };
	static struct peers anybody;
	const struct connections_plan plan = {
		.kept_max = KEPT_MAX, .silent_max = SILENT_MAX, .silent_ms = 60000,
		.peers = &anybody,
	};
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(bind(fd, (const struct sockaddr *)&any, sizeof(any.sun_family)), 0);
	assert_int_equal(listen(fd, 16), 0);
	f->name_len = sizeof(f->name);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&f->name, &f->name_len), 0);
	assert_non_null(f->deadlines = deadlines_new(1024));
	assert_int_equal(connections_open(fd, &plan, f->deadlines, &f->connections), ERR_OK);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	connections_close(f->connections);
	deadlines_free(f->deadlines);
	free(f);
	return 0;
}

static atomic_int interruptions;

static void
count_interruption(int signal_number)
{
	(void)signal_number;
	interruptions++;
}

struct interrupter {
	pthread_t waiting;
	int fd;
};

/* Interrupts the wait, sees that it was, and only then writes what it waits for. */
static void *
interrupt_and_write(void *arg)
{
	const struct interrupter *interrupter = arg;

	while (interruptions < 3) {
		(void)pthread_kill(interrupter->waiting, SIGALRM);
		(void)sched_yield();
	}
	assert_int_equal(write(interrupter->fd, "x", 1), 1);
	return NULL;
}

static void
a_wait_that_is_interrupted_goes_on(void **state)
{
	const struct sigaction action = { .sa_handler = count_interruption };
	struct fixture *f = *state;
	struct interrupter interrupter = { .waiting = pthread_self() };
	pthread_t thread;
	int ends[2], fd;

	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	(void)connections_keep(f->connections, CONNECTION_NEW, ends[0]);
	interrupter.fd = ends[1];
	assert_int_equal(pthread_create(&thread, NULL, interrupt_and_write, &interrupter), 0);

	assert_int_equal(connections_wait(f->connections, 60000, &fd), CONNECTION_KEPT);

	assert_int_equal(fd, ends[0]);
	(void)pthread_join(thread, NULL);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void
a_wait_ends_without_a_connection(void **state)
{
	struct fixture *f = *state;
	int fd;

	assert_int_equal(connections_wait(f->connections, 1, &fd), CONNECTION_NONE);

	assert_int_equal(fd, -1);
}

static void
no_more_connections_are_kept_than_there_is_room_for(void **state)
{
	struct fixture *f = *state;
	int ends[3][2];
	char byte;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends[i]), 0);
		(void)connections_keep(f->connections, CONNECTION_NEW, ends[i][0]);
	}

	assert_int_equal(read(ends[2][1], &byte, 1), 0);	/* closed */
	assert_int_equal(read(ends[1][1], &byte, 1), -1);	/* open */
	for (int i = 0; i < 3; i++)
		(void)close(ends[i][1]);
}

static void
every_wait_after_the_stop_is_told_so(void **state)
{
	struct fixture *f = *state;
	int fd;

	connections_stop(f->connections);

	assert_int_equal(connections_wait(f->connections, -1, &fd), CONNECTION_STOP);
	assert_int_equal(connections_wait(f->connections, -1, &fd), CONNECTION_STOP);
}

static void
a_kept_connection_arrives_when_it_is_written_to_and_only_once(void **state)
{
	struct fixture *f = *state;
	int ends[2], fd;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	(void)connections_keep(f->connections, CONNECTION_NEW, ends[0]);
	assert_int_equal(connections_wait(f->connections, 0, &fd), CONNECTION_NONE);

	assert_int_equal(write(ends[1], "x", 1), 1);

	assert_int_equal(connections_wait(f->connections, 1000, &fd), CONNECTION_KEPT);
	assert_int_equal(fd, ends[0]);
	assert_int_equal(connections_wait(f->connections, 0, &fd), CONNECTION_NONE);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

/* Keeps a connection, and has it given out with one byte to read; another byte comes then. */
static int
take_one_that_is_written_to_meanwhile(struct fixture *f, int ends[2])
{
	int fd, none;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_true(connections_keep(f->connections, CONNECTION_NEW, ends[0]));
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(connections_wait(f->connections, 60000, &fd), CONNECTION_KEPT);
	assert_int_equal(write(ends[1], "y", 1), 1);
	assert_int_equal(connections_wait(f->connections, 0, &none), CONNECTION_NONE);
	return fd;
}

static void
what_comes_while_a_thread_has_the_connection_is_not_lost(void **state)
{
	struct fixture *f = *state;
	int ends[2];
	const int fd = take_one_that_is_written_to_meanwhile(f, ends);
	char byte;

	assert_int_equal(read(fd, &byte, 1), 1);

	assert_false(connections_keep(f->connections, CONNECTION_KEPT, fd));

	assert_int_equal(fd, ends[0]);
	(void)close(fd);
	(void)close(ends[1]);
}

static void
what_has_come_and_was_read_meanwhile_is_no_request(void **state)
{
	struct fixture *f = *state;
	int ends[2], again;
	const int fd = take_one_that_is_written_to_meanwhile(f, ends);
	char bytes[2];

	assert_int_equal(read(fd, bytes, 2), 2);

	assert_true(connections_keep(f->connections, CONNECTION_KEPT, fd));
	assert_int_equal(connections_wait(f->connections, 0, &again), CONNECTION_NONE);
	assert_int_equal(write(ends[1], "z", 1), 1);
	assert_int_equal(connections_wait(f->connections, 60000, &again), CONNECTION_KEPT);
	assert_int_equal(again, fd);
	(void)close(fd);
	(void)close(ends[1]);
}

static void
after_the_stop_only_what_was_written_to_is_left_and_none_is_kept(void **state)
{
	struct fixture *f = *state;
	int silent[2], busy[2], fd;
	char byte;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, silent), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, busy), 0);
	(void)connections_keep(f->connections, CONNECTION_NEW, silent[0]);
	(void)connections_keep(f->connections, CONNECTION_NEW, busy[0]);
	assert_int_equal(write(busy[1], "x", 1), 1);

	connections_stop(f->connections);

	assert_int_equal(connections_take_rest(f->connections, &fd), CONNECTION_KEPT);
	assert_int_equal(fd, busy[0]);
	assert_int_equal(read(silent[1], &byte, 1), 0);
	(void)connections_keep(f->connections, CONNECTION_KEPT, fd);
	assert_int_equal(connections_take_rest(f->connections, &fd), CONNECTION_NONE);
	assert_int_equal(send(busy[1], "x", 1, MSG_NOSIGNAL), -1);
	(void)close(silent[1]);
	(void)close(busy[1]);
}

/* Connects, and waits until the connection was seen: given out, or put where silent ones wait. */
static int
connect_silently(struct fixture *f)
{
	const int client = socket(AF_UNIX, SOCK_STREAM, 0);
	int fd;

	assert_int_equal(connect(client, (const struct sockaddr *)&f->name, f->name_len), 0);
	assert_int_equal(connections_wait(f->connections, 0, &fd), CONNECTION_NONE);
	return client;
}

static void
a_new_connection_is_given_out_once_it_is_written_to(void **state)
{
	struct fixture *f = *state;
	const int client = connect_silently(f);
	int fd;

	assert_int_equal(connections_wait(f->connections, 0, &fd), CONNECTION_NONE);

	assert_int_equal(write(client, "x", 1), 1);

	assert_int_equal(connections_wait(f->connections, 60000, &fd), CONNECTION_NEW);
	(void)close(fd);
	(void)close(client);
}

static void
of_too_many_silent_connections_the_oldest_is_closed(void **state)
{
	struct fixture *f = *state;
	int clients[SILENT_MAX + 1], fd;
	char byte;

	for (int i = 0; i < SILENT_MAX + 1; i++)
		clients[i] = connect_silently(f);

	assert_int_equal(read(clients[0], &byte, 1), 0);
	for (int i = SILENT_MAX; i > 0; i--) {
		assert_int_equal(write(clients[i], "x", 1), 1);
		assert_int_equal(connections_wait(f->connections, 60000, &fd), CONNECTION_NEW);
		assert_int_equal(read(fd, &byte, 1), 1);
		(void)close(fd);
	}
	for (int i = 0; i < SILENT_MAX + 1; i++)
		(void)close(clients[i]);
}

static void
a_new_connection_that_is_written_to_after_the_stop_is_given_out(void **state)
{
	struct fixture *f = *state;
	const int client = connect_silently(f);
	int fd;

	connections_stop(f->connections);
	assert_int_equal(write(client, "x", 1), 1);

	assert_int_equal(connections_take_rest(f->connections, &fd), CONNECTION_NEW);
	(void)close(fd);
	(void)close(client);
}

enum { ROUNDS = 10000 };

struct keeper {
	struct connections *connections;
	atomic_bool is_done;
};

/* Has one silent connection kept after the other, each once the last was closed. */
static void *
keep_silent_ones(void *arg)
{
	struct keeper *keeper = arg;
	int ends[2];
	char byte;

	for (int i = 0; i < ROUNDS; i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
		(void)connections_keep(keeper->connections, CONNECTION_NEW, ends[0]);
		assert_int_equal(read(ends[1], &byte, 1), 0);
		(void)close(ends[1]);
	}
	keeper->is_done = true;
	return NULL;
}

static bool
is_left(struct connections *connections, int wanted)
{
	enum connection connection;
	bool is_found = false;
	int fd;

	while ((connection = connections_take_rest(connections, &fd)) != CONNECTION_NONE) {
		is_found = is_found || fd == wanted;
		(void)close(fd);
	}
	return is_found;
}

static void
a_connection_that_is_closed_while_it_is_kept_takes_no_other_along(void **state)
{
	struct fixture *f = *state;
	struct keeper keeper = { .connections = f->connections };
	pthread_t thread;
	int ends[2];

	assert_int_equal(pthread_create(&thread, NULL, keep_silent_ones, &keeper), 0);
	while (!keeper.is_done) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
		assert_int_equal(write(ends[1], "x", 1), 1);
		(void)connections_keep(f->connections, CONNECTION_NEW, ends[0]);

		assert_true(is_left(f->connections, ends[0]));

		(void)close(ends[1]);
	}
	(void)pthread_join(thread, NULL);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FIXTURE(a_wait_that_is_interrupted_goes_on),
		WITH_FIXTURE(a_wait_ends_without_a_connection),
		WITH_FIXTURE(no_more_connections_are_kept_than_there_is_room_for),
		WITH_FIXTURE(every_wait_after_the_stop_is_told_so),
		WITH_FIXTURE(a_kept_connection_arrives_when_it_is_written_to_and_only_once),
		WITH_FIXTURE(a_new_connection_is_given_out_once_it_is_written_to),
		WITH_FIXTURE(of_too_many_silent_connections_the_oldest_is_closed),
		WITH_FIXTURE(a_new_connection_that_is_written_to_after_the_stop_is_given_out),
		WITH_FIXTURE(a_connection_that_is_closed_while_it_is_kept_takes_no_other_along),
		WITH_FIXTURE(what_comes_while_a_thread_has_the_connection_is_not_lost),
		WITH_FIXTURE(what_has_come_and_was_read_meanwhile_is_no_request),
		WITH_FIXTURE(after_the_stop_only_what_was_written_to_is_left_and_none_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
