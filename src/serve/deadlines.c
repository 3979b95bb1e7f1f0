/* deadlines: ends reading from connections at a deadline. */
#include "serve/deadlines.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	NEVER = 0,
	PER_MS = 1 << 16,	/* deadlines that are told apart in each millisecond */
};

struct deadlines {
	pthread_mutex_t mutex;		/* held to accept a connection, and to enforce */
	int limit;
	int highest;			/* descriptor that was ever accepted */
	atomic_uint count;		/* of deadlines that were set */
	_Atomic int64_t until[];	/* by descriptor: clock_ms() * PER_MS + some, or NEVER */
};

struct deadlines *
deadlines_new(long limit)
{
	struct deadlines *deadlines = calloc(1, sizeof(*deadlines) +
	    (size_t)limit * sizeof(deadlines->until[0]));

	if (deadlines == NULL)
		return NULL;
	(void)pthread_mutex_init(&deadlines->mutex, NULL);
	deadlines->limit = (int)limit;
	deadlines->highest = -1;
	return deadlines;
}

void
deadlines_free(struct deadlines *deadlines)
{
	if (deadlines == NULL)
		return;
	(void)pthread_mutex_destroy(&deadlines->mutex);
	free(deadlines);
}

long
deadlines_limit(const struct deadlines *deadlines)
{
	return deadlines->limit;
}

int
deadlines_accept(struct deadlines *deadlines, int listen_fd)
{
	int fd;

	(void)pthread_mutex_lock(&deadlines->mutex);
	fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= deadlines->limit) {
		(void)close(fd);
		fd = -1;
		errno = EMFILE;
	}
	if (fd >= 0)
		deadlines->until[fd] = NEVER;
	if (fd > deadlines->highest)
		deadlines->highest = fd;
	(void)pthread_mutex_unlock(&deadlines->mutex);
	return fd;
}

int64_t
deadlines_set(struct deadlines *deadlines, int fd, int64_t until)
{
	const int64_t deadline = until * PER_MS + (int64_t)(deadlines->count++ % PER_MS);

	deadlines->until[fd] = deadline;
	return deadline;
}

void
deadlines_clear(struct deadlines *deadlines, int fd)
{
	deadlines->until[fd] = NEVER;
}

void
deadlines_clear_own(struct deadlines *deadlines, int fd, int64_t deadline)
{
	(void)atomic_compare_exchange_strong(&deadlines->until[fd], &deadline, NEVER);
}

void
deadlines_enforce(struct deadlines *deadlines)
{
	const int64_t now = clock_ms();

	(void)pthread_mutex_lock(&deadlines->mutex);
	for (int fd = 0; fd <= deadlines->highest; fd++) {
		int64_t until = deadlines->until[fd];

		/* Another deadline may be set in the meantime: that one stands. */
		if (until != NEVER && until / PER_MS <= now &&
		    atomic_compare_exchange_strong(&deadlines->until[fd], &until, NEVER))
			(void)shutdown(fd, SHUT_RD);
	}
	(void)pthread_mutex_unlock(&deadlines->mutex);
}
