/*
 * stream: reads from connections and bounds writes to them, with deadlines.
 *
 * A deadline is a moment of clock_ms(). Descriptors stay the caller's.
 */
#ifndef BEARWARD_SERVE_STREAM_H
#define BEARWARD_SERVE_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "http/wire.h"

/* Reads 1 to size bytes until deadline. Returns how many, 0 at the end of input, or WIRE_*. */
long stream_read(int fd, void *data, size_t size, int64_t deadline);

/* Bounds the time that each write to fd may take. */
void stream_limit_writes(int fd, int64_t ms);

#endif
