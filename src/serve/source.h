/*
 * source: where the bytes of a request come from.
 */
#ifndef BEARWARD_SERVE_SOURCE_H
#define BEARWARD_SERVE_SOURCE_H

#include <stddef.h>
#include <stdint.h>

struct source {
	/* Reads 1 to size bytes until deadline; 0 is the end of input; or WIRE_*. */
	long (*read)(void *arg, void *data, size_t size, int64_t deadline);
	void *arg;		/* borrowed */
};

#endif
