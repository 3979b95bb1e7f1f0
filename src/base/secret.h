/*
 * secret: memory that holds passwords, keys and tokens is compared, wiped and made here.
 */
#ifndef BEARWARD_BASE_SECRET_H
#define BEARWARD_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Fills data with random bytes from the kernel, up to 256. ERR_INTERNAL only where it has none. */
ERR_CHECKED enum err secret_random(void *data, size_t len);

/* Whether both hold the same bytes; takes the same time wherever they differ. */
bool secret_equal(const void *a, const void *b, size_t len);

/* Overwrites data in a way the compiler does not remove. Accepts NULL. */
void secret_wipe(void *data, size_t len);

/* Wipes and frees a NUL-terminated text. Accepts NULL. */
void secret_free(char *text);

/*
 * For the whole process, before threads: no core files, no reading of its memory by other
 * processes, and larger blocks of freed memory are overwritten, also those libraries free.
 */
void secret_guard_process(void);

#endif
