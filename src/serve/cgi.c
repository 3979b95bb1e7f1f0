/* cgi: serves the one request of a CGI process, from the environment and stdin. */
#include "serve/cgi.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"

extern char **environ;

enum {
	LEFTOVER_MAX = 64 * 1024,	/* of a body nobody wanted */
	LEFTOVER_MS = 2000,		/* for it to arrive */
};

static long
read_body(struct wire *wire, char *data, size_t size, int64_t deadline)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	int64_t left = deadline - clock_ms();
	size_t *taken = wire->handle;
	ssize_t got;

	if (left <= 0)
		return WIRE_TOO_SLOW;
	switch (poll(&input, 1, (int)left)) {
	case 0:
		return WIRE_TOO_SLOW;
	case -1:
		return WIRE_BROKEN;
	}
	got = read(STDIN_FILENO, data, size);
	if (got < 0)
		return WIRE_BROKEN;
	*taken += (size_t)got;
	return got;
}

static bool
write_answer(struct wire *wire, const char *data, size_t len)
{
	(void)wire;
	while (len > 0) {
		ssize_t put = write(STDOUT_FILENO, data, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return false;
		data += put;
		len -= (size_t)put;
	}
	return true;
}

bool
cgi_is_our_start(void)
{
	return getenv("GATEWAY_INTERFACE") != NULL;
}

/*
 * A web server that finds nobody to take the rest of a body may give our answer up for lost: read
 * it off. There may be no end to read, so it is what was announced and has not come yet.
 */
static void
read_leftover(struct wire *wire)
{
	const int64_t deadline = clock_ms() + LEFTOVER_MS;
	const char *length = getenv("CONTENT_LENGTH");
	const size_t announced = length == NULL ? 0 : strtoul(length, NULL, 10);
	const size_t *taken = wire->handle;
	char rest[4096];

	while (*taken < announced && *taken < LEFTOVER_MAX)
		if (wire->read(wire, rest, sizeof(rest), deadline) <= 0)
			return;
}

static struct wire
make_wire(size_t *taken)
{
	(void)signal(SIGPIPE, SIG_IGN);
	return (struct wire){
		.handle = taken,
		.params = environ,
		.ends_at_length = true,
		.read = read_body,
		.write = write_answer,
	};
}

void
cgi_refuse(const struct pool *pool, const struct config *config, enum err err)
{
	size_t taken = 0;	/* of the body */
	struct wire wire = make_wire(&taken);
	struct context context;
	struct reply reply;

	context_init(&context, NULL, NULL, NULL);
	reply_init(&reply, config, pool->endpoints->family);
	reply_fail(&reply, &context, err);
	(void)reply_send(&reply, &wire, METHOD_GET);
	reply_clear(&reply);
	read_leftover(&wire);
}

int
cgi_serve(const struct pool *pool, struct service *service)
{
	size_t taken = 0;	/* of the body */
	struct wire wire = make_wire(&taken);

	endpoint_serve(pool->endpoints, service, &wire);
	read_leftover(&wire);
	return 0;
}
