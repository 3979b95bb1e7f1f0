/* exchange: what a thread serves one request with, whatever the connection speaks. */
#include "serve/exchange.h"

#include "base/clock.h"
#include "serve/stream.h"

enum { MOMENT_MS = 2 };		/* for what a peer writes right after the rest */

long
exchange_read(const struct exchange *exchange, void *data, size_t size, int64_t deadline)
{
	const int64_t soon = clock_ms() + MOMENT_MS;
	long got = stream_read(exchange->fd, data, size, soon < deadline ? soon : deadline);

	if (got != WIRE_TOO_SLOW || soon >= deadline)
		return got;
	if (exchange->awake != NULL)
		awake_hold_up(exchange->awake, exchange->worker);
	return stream_read(exchange->fd, data, size, deadline);
}
