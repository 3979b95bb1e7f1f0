/*
 * peer: what sends a request to a test, so many bytes at a time; for the targets of fuzzing, too.
 */
#ifndef BEARWARD_TESTS_PEER_H
#define BEARWARD_TESTS_PEER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct peer {
	const void *data;
	size_t len, sent, step;
	long end;		/* what a read comes back with once all is sent */
};

/* Is the read() of a struct source, whose arg is a peer. */
static inline long
peer_read(void *arg, void *data, size_t size, int64_t deadline)
{
	struct peer *peer = arg;
	size_t len = peer->len - peer->sent;

	(void)deadline;
	if (len == 0)
		return peer->end;
	if (len > size)
		len = size;
	if (len > peer->step)
		len = peer->step;
	memcpy(data, (const char *)peer->data + peer->sent, len);
	peer->sent += len;
	return (long)len;
}

#endif
