/*
 * secret: makes, compares and wipes memory that holds passwords, keys and tokens.
 */
#ifndef BEARWARD_BASE_SECRET_H
#define BEARWARD_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * Fills data with up to 256 random bytes from the kernel. Returns ERR_INTERNAL when the kernel
 * gives none.
 */
ERR_CHECKED enum err secret_random(void *data, size_t len);

/* Returns true when a and b hold the same bytes; takes the same time wherever they differ. */
bool secret_equal(const void *a, const void *b, size_t len);

/* Overwrites data in a way that the compiler does not optimise away. Accepts NULL. */
void secret_wipe(void *data, size_t len);

/* Wipes and frees a NUL-terminated text. Accepts NULL. */
void secret_free(char *text);

/*
 * Protects the memory of the whole process; call it before there are threads. The process leaves
 * no core files, other processes of the account cannot read its memory, and free() overwrites
 * larger blocks, also those that libraries free.
 */
void secret_guard_process(void);

#endif
