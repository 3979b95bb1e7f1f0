/*
 * kid: the ids of keys, and the moments that are part of one. For this room alone.
 *
 * An id made here is YYYYMMDDTHHMMSS-xxxxxxxx: when the key was made, in UTC, and eight random hex
 * digits. A key that is to sign later has that moment in its id, too: -from-YYYYMMDDTHHMMSS comes
 * behind. An asymmetric key is called by its thumbprint instead (token/thumbprint.h).
 */
#ifndef BEARWARD_TOKEN_KID_H
#define BEARWARD_TOKEN_KID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "token/key.h"

/* What an id tells, in seconds since 1970; 0 is unknown. */
struct kid_moments {
	int64_t made_at;
	int64_t signs_at;	/* only of one that is to sign later */
};

/* Returns whether name can be a key id: 1-64 of A-Z a-z 0-9 _ -. */
bool kid_is_valid(const char *name);

/* Returns the moments in a key id: none when the id is not exactly of one of the forms above. */
struct kid_moments kid_moments(const char *kid);

/*
 * Makes an id of moments, from 1 to MOMENT_LAST, of which signs_at may be 0. Returns ERR_INTERNAL
 * on failure.
 */
ERR_CHECKED enum err kid_make(const struct kid_moments *moments, char kid[KEY_ID_SIZE]);

#endif
