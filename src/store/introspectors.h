/*
 * introspectors: the credentials of services that may ask what a token is good for. Of a secret
 * there is only the digest.
 *
 * What every function may return besides what is said there: see db.h.
 */
#ifndef BEARWARD_STORE_INTROSPECTORS_H
#define BEARWARD_STORE_INTROSPECTORS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

enum { INTROSPECTORS_DIGEST_LEN = 32 };	/* bytes, of SHA-256 */

/* Adds one in a transaction, made at that time. ERR_CONFLICT: there is one of that name. */
ERR_CHECKED enum err introspectors_add(struct db_connection *connection, const char *name,
    const unsigned char digest[INTROSPECTORS_DIGEST_LEN], int64_t created_at);

/* Finds the digest of one; *is_there is false, and digest zero bytes, when there is none. */
ERR_CHECKED enum err introspectors_find(struct db *db, const char *name,
    unsigned char digest[INTROSPECTORS_DIGEST_LEN], bool *is_there);

/* Visits all of them, by name; visit borrows the text. */
ERR_CHECKED enum err introspectors_list(struct db *db,
    void (*visit)(const char *name, int64_t created_at, void *arg), void *arg);

/* Removes one in a transaction. *is_done: there was one. */
ERR_CHECKED enum err introspectors_remove(struct db_connection *connection, const char *name,
    bool *is_done);

#endif
