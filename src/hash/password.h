/*
 * password: stored password hashes are made and checked here, and nowhere else.
 *
 * Stored form: libscrypt's own text, $s1$NNrrpp$salt$hash (log2 N, r and p in two hex digits
 * each, 16 bytes of salt and 64 of hash in padded base64). The bcrypt hashes of imported users
 * ($2a$, $2b$, $2y$) verify too, and are reported as outdated. A stored text is parsed strictly,
 * with bounds before any work; what cannot be parsed admits nobody and costs the same time.
 *
 * Passwords come as typed, NUL-terminated UTF-8, and are prepared with OpaqueString (RFC 8265)
 * here; a bcrypt hash is checked against the very bytes typed, since its first owner knew no
 * profile, and is outdated as long as the password is one that bcrypt reads whole (72 bytes). Only
 * a hash of the current cost takes the time of every refusal; an older one takes its own.
 */
#ifndef BEARWARD_HASH_PASSWORD_H
#define BEARWARD_HASH_PASSWORD_H

#include <stdbool.h>

#include "base/err.h"
#include "config/config.h"
#include "hash/hasher.h"

enum { PASSWORD_BYTES_MAX = 1024, PASSWORD_STORED_SIZE = 128 };

/*
 * Hashes a password at the configured cost with a new salt into stored. ERR_REFUSED: the profile
 * does not allow it, or it is longer than PASSWORD_BYTES_MAX; ERR_OVERLOADED, ERR_STORAGE: as
 * hasher_scrypt(); ERR_INTERNAL.
 */
ERR_CHECKED enum err password_hash(const struct config *config, struct hasher *hasher,
    const char *password, char stored[PASSWORD_STORED_SIZE]);

/*
 * Checks a password against a stored hash. stored NULL is the user nobody has: it costs one hash
 * at the configured cost and is never right.
 *
 * ERR_OK: right; *outdated tells whether a new hash should be stored. ERR_CREDENTIALS: wrong,
 * refused by the profile, too long (this alone without hashing), or stored is unusable.
 * ERR_OVERLOADED, ERR_STORAGE, ERR_INTERNAL: not known; never right.
 */
ERR_CHECKED enum err password_check(const struct config *config, struct hasher *hasher,
    const char *stored, const char *password, bool *outdated);

/*
 * Whether password_check() could ever find a password right for it; false for what it cannot
 * parse.
 */
bool password_is_checkable(const char *stored);

#endif
