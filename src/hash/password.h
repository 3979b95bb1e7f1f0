/*
 * password: makes and checks stored password hashes; nothing else does.
 *
 * A stored hash is libscrypt's own text: $s1$NNrrpp$salt$hash, with log2 N, r and p in two hex
 * digits each, and 16 bytes of salt and 64 of hash in padded base64. The hashes of other programs
 * (`scheme`) are checked too, and reported as outdated. A stored text is parsed strictly, with
 * bounds before any work. A text that cannot be parsed is never right, and checking it takes as
 * long as a hash.
 *
 * A password is prepared once, with OpaqueString (RFC 8265), and then hashed or checked as often
 * as needed. The program that made another hash did not prepare it, and got it in the normal form
 * of some keyboard. So the bytes that were typed are tried, then the prepared form (NFC) and NFD,
 * where they differ. Most texts have one form, and no text has more than three. Each try is a hash
 * of its own; all are one attempt. Their number depends on what was typed, never on what is
 * stored. Such a hash is outdated unless the password is longer than what its scheme reads (72
 * bytes in bcrypt).
 *
 * Our hashes are outdated when the configured cost is dearer than theirs, so that none is ever
 * replaced by one that is easier to guess, and hosts with different settings agree.
 *
 * A refusal takes as long as a hash of the stored kind and cost, and where there is none, as long
 * as one of the kind that password_refuse() is given, or else of the configured cost.
 */
#ifndef BEARWARD_HASH_PASSWORD_H
#define BEARWARD_HASH_PASSWORD_H

#include <stdbool.h>

#include "base/err.h"
#include "config/config.h"
#include "hash/hasher.h"

enum { PASSWORD_BYTES_MAX = 1024, PASSWORD_STORED_SIZE = 128, PASSWORD_KIND_SIZE = 48 };

/* A password as it was typed, and as it is hashed and compared. */
struct password {
	const char *typed;	/* borrowed, secret: NUL-terminated UTF-8 */
	char *prepared;		/* owned, secret; NULL: refused, see below */
	/* For the hashes of other programs: owned, secret; NULL: the text has no such form. */
	char *composed;		/* NFC; only where prepared is NULL */
	char *decomposed;	/* NFD */
	bool is_too_long;	/* refused for that, and never hashed */
	const char *source;	/* borrowed: of the hash (see hasher.h) */
};

/*
 * Prepares a password; typed and source are borrowed until password_clear(). Returns ERR_OK also
 * when the password is refused, because it is longer than PASSWORD_BYTES_MAX once prepared, or the
 * profile does not allow it (nor the empty one): prepared is then NULL, and password_check() still
 * takes its time. Returns ERR_INTERNAL when memory is out; password_clear() is harmless
 * then.
 */
ERR_CHECKED enum err password_prepare(const char *typed, const char *source,
    struct password *password);

/* Wipes and frees the forms that were made. Accepts a password that is all zeros. */
void password_clear(struct password *password);

/*
 * Hashes a password at the configured cost, with a new salt, into stored. Returns ERR_REFUSED,
 * without hashing, when the password was refused; ERR_OVERLOADED or ERR_STORAGE as
 * hasher_scrypt() does; ERR_INTERNAL. On failure stored is the empty text.
 */
ERR_CHECKED enum err password_hash(const struct config *config, struct hasher *hasher,
    const struct password *password, char stored[PASSWORD_STORED_SIZE]);

/* What a check has found out beside its error. */
struct password_check {
	bool is_outdated;	/* the password is right, and a new hash should be stored */
	bool was_wrong;		/* a form of it was tried and is wrong */
};

/*
 * Checks a password against a stored hash.
 *
 * Returns ERR_OK when the password is right. Returns ERR_CREDENTIALS when it is wrong, refused by
 * the profile or too long (only this without hashing), or when stored cannot be parsed. Returns
 * ERR_OVERLOADED, ERR_STORAGE or ERR_INTERNAL when it, or a form of it, could not be checked.
 * If result->was_wrong is set then, the caller still learns that one guess is wrong, so it counts
 * as an attempt.
 */
ERR_CHECKED enum err password_check(const struct config *config, struct hasher *hasher,
    const char *stored, const struct password *password, struct password_check *result);

/*
 * Refuses a password, after the work of password_check() against a stored hash of that kind; ""
 * and a text that is no kind stand for the configured cost. It is for a user who does not exist,
 * or whose hash cannot be checked. Returns ERR_CREDENTIALS, or an error of password_check().
 */
ERR_CHECKED enum err password_refuse(const struct config *config, struct hasher *hasher,
    const char *kind, const struct password *password, struct password_check *result);

/*
 * Writes the kind of a stored hash, which is all that its cost depends on: what stands before the
 * salt ("$2b$12$"). Returns false, with "", when no password could be right for it.
 */
bool password_kind(const char *stored, char kind[PASSWORD_KIND_SIZE]);

/*
 * Returns what a stored hash was made with, in a word or two ("argon2id", "sha512-crypt"; static),
 * or NULL when no password could be checked against it: of no known scheme, or beyond the bounds.
 */
const char *password_scheme(const char *stored);

/* Tells whether hashes of a scheme of that name are a few steps of MD5 or SHA, quick to guess. */
bool password_scheme_is_weak(const char *scheme);

/* Returns how many bytes of hash_memory it takes to check a password against a stored hash. */
size_t password_memory(const char *stored);

/*
 * Tells whether a stored hash stays when its user signs in: one that is ours, at the configured
 * cost, at one of the same strength or at a dearer one (cost_is_dearer()).
 */
bool password_is_current(const struct config *config, const char *stored);

/* Tells whether password_check() could find any password right for this stored hash. */
bool password_is_checkable(const char *stored);

#endif
