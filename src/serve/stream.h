/*
 * stream: reads from connections and bounds writes to them, with deadlines.
 *
 * A deadline is a moment of clock_ms(). Descriptors stay the caller's.
 */
#ifndef BEARWARD_SERVE_STREAM_H
#define BEARWARD_SERVE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/wire.h"

/* Reads 1 to size bytes until deadline. Returns how many, 0 at the end of input, or WIRE_*. */
long stream_read(int fd, void *data, size_t size, int64_t deadline);

/* Returns the next byte without taking it, or -1 where none comes until deadline, or ever. */
int stream_peek(int fd, int64_t deadline);

/* Writes all of it. Returns false when the peer has gone, or the time for a write is over. */
bool stream_write(int fd, const char *data, size_t len);

/*
 * Says that nothing more comes, and reads off what the peer still sends, up to so many bytes: if
 * that were left unread, closing could take back an answer that is on its way.
 */
void stream_end(int fd, size_t size, int64_t deadline);

/* Bounds the time that each write to fd may take. */
void stream_limit_writes(int fd, int64_t ms);

#endif
