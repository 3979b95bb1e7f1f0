/* stream: reads from connections and bounds writes to them, with deadlines. */
#include "serve/stream.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/secret.h"

/* Waits until there is something to read; 1, or WIRE_*. */
static long
wait_for_input(int fd, int64_t deadline)
{
	struct pollfd input = { .fd = fd, .events = POLLIN };
	const int64_t left = deadline - clock_ms();

	if (left <= 0)
		return WIRE_TOO_SLOW;
	return poll(&input, 1, (int)left) < 0 && errno != EINTR ? WIRE_BROKEN : 1;
}

long
stream_read(int fd, void *data, size_t size, int64_t deadline)
{
	long waited = clock_ms() >= deadline ? WIRE_TOO_SLOW : 1;
	ssize_t got;

	while (waited > 0) {
		if ((got = recv(fd, data, size, MSG_DONTWAIT)) >= 0)
			return got;
		if (errno != EAGAIN && errno != EINTR)
			return WIRE_BROKEN;
		waited = wait_for_input(fd, deadline);
	}
	return waited;
}

int
stream_peek(int fd, int64_t deadline)
{
	unsigned char byte;
	ssize_t got;

	while ((got = recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK)) < 0) {
		if (errno != EAGAIN && errno != EINTR)
			return -1;
		if (wait_for_input(fd, deadline) < 0)
			return -1;
	}
	return got == 1 ? byte : -1;
}

bool
stream_write(int fd, const char *data, size_t len)
{
	while (len > 0) {
		/* Every thread has SIGPIPE blocked. */
		const ssize_t put = write(fd, data, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		data += put;
		len -= (size_t)put;
	}
	return true;
}

void
stream_end(int fd, size_t size, int64_t deadline)
{
	char rest[4096];
	size_t total = 0;
	long got;

	(void)shutdown(fd, SHUT_WR);
	while (total < size && (got = stream_read(fd, rest, sizeof(rest), deadline)) > 0)
		total += (size_t)got;
	secret_wipe(rest, sizeof(rest));
}

void
stream_limit_writes(int fd, int64_t ms)
{
	/* Zero would mean "for ever". */
	const int64_t left = ms > 0 ? ms : 1;
	const struct timeval time = { .tv_sec = left / 1000, .tv_usec = left % 1000 * 1000 };

	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
}
