/* test_log_sink: lines arrive whole and in order, and nobody waits for who does not read. */
#include "base/log_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { LINE_LEN = 100 };	/* "0000042xxx...\n" */

static struct log_sink sink;
static char received[2 * LOG_SINK_SIZE];
static int kept_stderr;

static void
make_line(unsigned number, char line[LINE_LEN + 1])
{
	memset(line, 'x', LINE_LEN);
	(void)snprintf(line, 8, "%07u", number);
	line[7] = 'x';
	line[LINE_LEN - 1] = '\n';
	line[LINE_LEN] = '\0';
}

static void
write_lines(unsigned from, unsigned count)
{
	char line[LINE_LEN + 1];

	for (unsigned i = 0; i < count; i++) {
		make_line(from + i, line);
		log_sink_write(&sink, line, LINE_LEN);
	}
}

/* Stderr becomes fd, which is taken. */
static void
begin_stderr(int fd)
{
	kept_stderr = dup(STDERR_FILENO);
	assert_return_code(dup2(fd, STDERR_FILENO), errno);
	close(fd);
	log_sink_init(&sink, NULL);
}

static void
end_stderr(void)
{
	dup2(kept_stderr, STDERR_FILENO);
	close(kept_stderr);
	log_sink_clear(&sink);
}

/* Reads what is there without a wait, and how many lines that makes. */
static unsigned
read_lines(int fd, unsigned from)
{
	char line[LINE_LEN + 1];
	size_t len = 0;
	ssize_t got;
	unsigned count = 0;

	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	while ((got = read(fd, received + len, sizeof(received) - len)) > 0)
		len += (size_t)got;
	for (; (count + 1) * LINE_LEN <= len; count++) {
		make_line(from + count, line);
		assert_memory_equal(received + (size_t)count * LINE_LEN, line, LINE_LEN);
	}
	assert_int_equal(count * LINE_LEN, len);
	return count;
}

static void
a_full_pipe_keeps_nobody_and_lines_come_in_order_once_it_is_read(void **state)
{
	unsigned count = 0;
	int ends[2];

	(void)state;
	assert_return_code(pipe(ends), errno);
	begin_stderr(ends[1]);

	write_lines(0, 500);
	do
		count += read_lines(ends[0], count);
	while (!log_sink_flush(&sink));
	count += read_lines(ends[0], count);

	assert_int_equal(count, 500);
	assert_int_equal(log_sink_take_lost(&sink), 0);
	assert_int_equal(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK, 0);
	end_stderr();
	close(ends[0]);
}

static void
what_does_not_fit_is_counted_and_told_once_there_is_room(void **state)
{
	unsigned count = 0;
	unsigned long lost;
	int ends[2];

	(void)state;
	assert_return_code(pipe(ends), errno);
	begin_stderr(ends[1]);

	write_lines(0, 5000);
	assert_int_equal(log_sink_take_lost(&sink), 0);
	do
		count += read_lines(ends[0], count);
	while (!log_sink_flush(&sink));
	count += read_lines(ends[0], count);
	lost = log_sink_take_lost(&sink);

	assert_in_range(count, 500, 4500);
	assert_int_equal(count + lost, 5000);
	assert_int_equal(log_sink_take_lost(&sink), 0);
	end_stderr();
	close(ends[0]);
}

/* Another process fills the pipe between a look at it and the write. */
static void
a_pipe_that_others_fill_keeps_nobody(void **state)
{
	static char fill[4096];
	int ends[2];

	(void)state;
	assert_return_code(pipe(ends), errno);
	(void)fcntl(ends[1], F_SETFL, O_NONBLOCK);
	while (write(ends[1], fill, sizeof(fill)) > 0)
		continue;
	(void)fcntl(ends[1], F_SETFL, 0);
	begin_stderr(ends[1]);

	write_lines(0, 1);
	assert_false(log_sink_flush(&sink));
	while (!log_sink_flush(&sink))
		assert_true(read(ends[0], received, sizeof(fill)) > 0);

	end_stderr();
	close(ends[0]);
}

static void
a_socket_that_nobody_reads_keeps_nobody(void **state)
{
	unsigned count = 0;
	int ends[2];

	(void)state;
	assert_return_code(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), errno);
	assert_return_code(setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &(int){ 4096 },
	    sizeof(int)), errno);
	begin_stderr(ends[1]);

	write_lines(0, 600);
	do
		count += read_lines(ends[0], count);
	while (!log_sink_flush(&sink));
	count += read_lines(ends[0], count);

	assert_int_equal(count, 600);
	end_stderr();
	close(ends[0]);
}

static void
a_full_disk_is_told_once_there_is_room(void **state)
{
	int full = open("/dev/full", O_WRONLY), ends[2];

	(void)state;
	begin_stderr(full);
	write_lines(0, 3);
	assert_true(log_sink_flush(&sink));
	assert_int_equal(log_sink_take_lost(&sink), 0);

	assert_return_code(pipe(ends), errno);
	assert_return_code(dup2(ends[1], STDERR_FILENO), errno);
	close(ends[1]);
	write_lines(3, 1);

	assert_int_equal(read_lines(ends[0], 3), 1);
	assert_int_equal(log_sink_take_lost(&sink), 3);
	end_stderr();
	close(ends[0]);
}

static void
a_child_writes_its_own_lines_only(void **state)
{
	unsigned count = 0;
	int ends[2], status;
	pid_t child;

	(void)state;
	assert_return_code(pipe(ends), errno);
	begin_stderr(ends[1]);
	write_lines(0, 300);
	assert_false(log_sink_flush(&sink));

	if ((child = fork()) == 0)
		_exit(log_sink_flush(&sink) && sink.lost == 0 ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	do
		count += read_lines(ends[0], count);
	while (!log_sink_flush(&sink));
	count += read_lines(ends[0], count);

	assert_int_equal(count, 300);
	end_stderr();
	close(ends[0]);
}

/* ---- syslog */

static char directory[] = "/tmp/log-sink-XXXXXX";
static char path[sizeof(directory) + 8];

static int
make_directory(void **state)
{
	(void)state;
	if (mkdtemp(directory) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/log", directory);
	return 0;
}

static int
remove_directory(void **state)
{
	(void)state;
	return rmdir(directory);
}

/* Starts a syslog of that type of socket. */
static int
listen_at_path(int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_return_code(bind(fd, (struct sockaddr *)&address, sizeof(address)), errno);
	if (type == SOCK_STREAM)
		assert_return_code(listen(fd, 8), errno);
	return fd;
}

static void
stop_listening(int fd)
{
	close(fd);
	(void)unlink(path);
}

static void
begin_syslog(void)
{
	log_sink_init(&sink, path);
}

static void
a_stalled_syslog_keeps_nobody_and_is_told_what_was_lost(void **state)
{
	unsigned count = 0;
	int fd = listen_at_path(SOCK_DGRAM);

	(void)state;
	begin_syslog();
	write_lines(0, 5000);
	assert_false(log_sink_flush(&sink));
	assert_int_equal(log_sink_take_lost(&sink), 0);
	do
		count += read_lines(fd, count);
	while (!log_sink_flush(&sink));
	count += read_lines(fd, count);

	assert_in_range(count, 500, 4500);
	assert_int_equal(count + log_sink_take_lost(&sink), 5000);
	log_sink_clear(&sink);
	stop_listening(fd);
}

static void
lines_wait_while_syslog_is_started_again(void **state)
{
	int fd = listen_at_path(SOCK_DGRAM);

	(void)state;
	begin_syslog();
	write_lines(0, 1);
	assert_int_equal(read_lines(fd, 0), 1);
	stop_listening(fd);
	write_lines(1, 2);
	assert_false(log_sink_flush(&sink));

	fd = listen_at_path(SOCK_DGRAM);
	assert_true(log_sink_flush(&sink));

	assert_int_equal(read_lines(fd, 1), 2);
	assert_int_equal(log_sink_take_lost(&sink), 0);
	log_sink_clear(&sink);
	stop_listening(fd);
}

static void
a_syslog_with_a_stream_gets_lines_that_nul_ends(void **state)
{
	int fd = listen_at_path(SOCK_STREAM), connection;

	(void)state;
	begin_syslog();
	log_sink_write(&sink, "one", 3);
	log_sink_write(&sink, "two", 3);

	connection = accept(fd, NULL, NULL);
	assert_int_equal(read(connection, received, sizeof(received)), 8);
	assert_memory_equal(received, "one\0two", 8);
	close(connection);
	log_sink_clear(&sink);
	stop_listening(fd);
}

static void
the_end_waits_for_no_syslog_that_is_not_there(void **state)
{
	(void)state;
	begin_syslog();
	write_lines(0, 1);

	log_sink_drain(&sink, 24 * 3600 * 1000);

	assert_false(log_sink_flush(&sink));
	log_sink_clear(&sink);
}

static void
the_end_waits_for_who_reads_late(void **state)
{
	int fd = listen_at_path(SOCK_DGRAM), status;
	unsigned count = 0;
	pid_t child;

	(void)state;
	if ((child = fork()) == 0) {
		begin_syslog();
		write_lines(0, 100);
		log_sink_drain(&sink, 3600 * 1000);
		_exit(log_sink_flush(&sink) ? 0 : 1);
	}
	while (count < 100)
		count += read_lines(fd, count);

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	stop_listening(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_pipe_keeps_nobody_and_lines_come_in_order_once_it_is_read),
		cmocka_unit_test(what_does_not_fit_is_counted_and_told_once_there_is_room),
		cmocka_unit_test(a_pipe_that_others_fill_keeps_nobody),
		cmocka_unit_test(a_socket_that_nobody_reads_keeps_nobody),
		cmocka_unit_test(a_full_disk_is_told_once_there_is_room),
		cmocka_unit_test(a_child_writes_its_own_lines_only),
		cmocka_unit_test(a_stalled_syslog_keeps_nobody_and_is_told_what_was_lost),
		cmocka_unit_test(lines_wait_while_syslog_is_started_again),
		cmocka_unit_test(a_syslog_with_a_stream_gets_lines_that_nul_ends),
		cmocka_unit_test(the_end_waits_for_no_syslog_that_is_not_there),
		cmocka_unit_test(the_end_waits_for_who_reads_late),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
