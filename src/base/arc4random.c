/*
 * arc4random: stands in for the C library's function of this name, which glibc has since 2.36.
 *
 * Debian's libcrypt.a asks for it. Programs of `make dist-cgi` have libcrypt.a linked in, and are
 * linked with this, so that they also run on hosts with an older glibc; no other program has it.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/secret.h"

/* What secret_random() gives at once. */
enum { CHUNK_MAX = 256 };

void
arc4random_buf(void *data, size_t len)
{
	uint8_t *next = data;

	while (len > 0) {
		const size_t chunk = len < CHUNK_MAX ? len : CHUNK_MAX;

		/* The caller cannot be told, and would take what was in memory for random. */
		if (secret_random(next, chunk) != ERR_OK)
			abort();
		next += chunk;
		len -= chunk;
	}
}
