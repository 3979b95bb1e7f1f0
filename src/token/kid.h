/*
 * kid: key ids, and the moment that is part of one. For this room alone.
 *
 * An id made here is YYYYMMDDTHHMMSS-xxxxxxxx: a moment in UTC and eight random hex digits.
 */
#ifndef BEARWARD_TOKEN_KID_H
#define BEARWARD_TOKEN_KID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "token/key.h"

/* The last moment that an id has room for: the end of the year 9999. */
#define KID_MOMENT_MAX INT64_C(253402300799)

/* Returns whether name can be a key id: 1-64 of A-Z a-z 0-9 _ -. */
bool kid_is_valid(const char *name);

/*
 * Returns the moment in a key id, in seconds since 1970, or 0 when the id is not exactly of the
 * form above, or names no moment after 1970-01-01T00:00:00.
 */
int64_t kid_moment(const char *kid);

/* Makes an id of a moment, from 1 to KID_MOMENT_MAX. Returns ERR_INTERNAL on failure. */
ERR_CHECKED enum err kid_make(int64_t moment, char kid[KEY_ID_SIZE]);

#endif
