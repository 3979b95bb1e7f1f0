/* test_supervisor: what systemd is told, at whichever socket it names. */
#include "base/supervisor.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/bearward-supervisor-XXXXXX";
static char path[sizeof(directory) + 8];

/* Listens as systemd does; name is a path, or begins with @. */
static int
listen_at(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	assert_return_code(fd, errno);
	memcpy(address.sun_path, name, strlen(name));
	if (*name == '@')
		address.sun_path[0] = '\0';
	assert_return_code(bind(fd, (struct sockaddr *)&address,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))), errno);
	assert_return_code(setenv("NOTIFY_SOCKET", name, 1), errno);
	return fd;
}

static void
assert_told(int fd, const char *expected)
{
	char text[1024] = "";

	assert_return_code(recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT), errno);
	assert_string_equal(text, expected);
}

static void
assert_nothing_told(int fd)
{
	char byte;

	assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
}

static void
states_are_told_to_a_socket_with_a_file_or_without(void **state)
{
	char abstract[sizeof(path)];
	const char *names[] = { path, abstract };
	struct supervisor supervisor;

	(void)state;
	(void)snprintf(abstract, sizeof(abstract), "@%s", directory);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const int fd = listen_at(names[i]);

		supervisor_open(&supervisor);
		assert_true(supervisor_is_told(&supervisor));
		supervisor_say_ready(&supervisor, "serving");
		supervisor_say(&supervisor, "still serving");
		supervisor_say_stopping(&supervisor, "ends");
		supervisor_say_well(&supervisor);

		assert_told(fd, "READY=1\nSTATUS=serving");
		assert_told(fd, "STATUS=still serving");
		assert_told(fd, "STOPPING=1\nSTATUS=ends");
		assert_nothing_told(fd);
		supervisor_close(&supervisor);
		close(fd);
		(void)unlink(path);
	}
}

static void
it_hears_that_all_is_well_as_often_as_it_wants(void **state)
{
	const int fd = listen_at(path);
	struct supervisor supervisor;

	(void)state;
	setenv("WATCHDOG_USEC", "200000", 1);
	supervisor_open(&supervisor);
	assert_int_equal(supervisor.watch_ms, 100);
	supervisor_say_well(&supervisor);
	supervisor_say_well(&supervisor);
	assert_told(fd, "WATCHDOG=1");
	supervisor.told_at -= 200;
	supervisor_say_well(&supervisor);
	assert_told(fd, "WATCHDOG=1");
	supervisor_close(&supervisor);

	/* The variable was meant for the process that has started this one. */
	setenv("WATCHDOG_PID", "1", 1);
	supervisor_open(&supervisor);
	supervisor_say_well(&supervisor);
	assert_nothing_told(fd);
	supervisor_close(&supervisor);
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	close(fd);
	(void)unlink(path);
}

static void
nobody_is_told_where_nobody_listens(void **state)
{
	const char *names[] = { "", "/", "relative", "/nonexistent/socket", "vsock:2:1", NULL };
	struct supervisor supervisor;

	(void)state;
	for (const char **name = names; *name != NULL; name++) {
		setenv("NOTIFY_SOCKET", *name, 1);
		supervisor_open(&supervisor);
		assert_false(supervisor_is_told(&supervisor));
		supervisor_say_ready(&supervisor, "serving");
		supervisor_close(&supervisor);
	}
	unsetenv("NOTIFY_SOCKET");
	supervisor_open(&supervisor);
	assert_false(supervisor_is_told(&supervisor));
	supervisor_say_well(&supervisor);
}

static void
a_status_that_is_too_long_is_cut(void **state)
{
	const int fd = listen_at(path);
	struct supervisor supervisor;
	char status[5000], told[2000];
	ssize_t len;

	(void)state;
	memset(status, 'x', sizeof(status) - 1);
	status[sizeof(status) - 1] = '\0';
	supervisor_open(&supervisor);
	supervisor_say(&supervisor, status);
	len = recv(fd, told, sizeof(told), MSG_DONTWAIT);
	assert_in_range(len, 100, 1000);
	assert_memory_equal(told, "STATUS=xxx", 10);
	supervisor_close(&supervisor);
	close(fd);
	(void)unlink(path);
}

static int
make_directory(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(directory));
	(void)snprintf(path, sizeof(path), "%s/socket", directory);
	return 0;
}

static int
remove_directory(void **state)
{
	(void)state;
	return rmdir(directory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_are_told_to_a_socket_with_a_file_or_without),
		cmocka_unit_test(it_hears_that_all_is_well_as_often_as_it_wants),
		cmocka_unit_test(nobody_is_told_where_nobody_listens),
		cmocka_unit_test(a_status_that_is_too_long_is_cut),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
