/*
 * keyring: the keys of a process, one file a key, in three directories of the state directory.
 *
 * keys/ has secrets of HS256. The name of a file is the key id, and its content is one line of
 * text, whose bytes are the HMAC key, exactly like SECRET_KEY of the FastAPI tutorial. The id says
 * when the key was made, and from when on it signs (token/kid.h).
 *
 * Every process that checks tokens reads keys/, and could make tokens with a secret. So asymmetric
 * keys are elsewhere: private keys in signing/, which only a process that signs opens, and public
 * keys in public/. Each is a PEM block below some lines (token/key_text.h), in a file called by
 * the thumbprint of the key (RFC 7638).
 *
 * Files whose name starts with a dot are passed over.
 *
 * A process has one keyring for all its threads. Each request borrows the snapshot of the moment
 * and returns it. A change of a directory is read once and replaces the snapshot as a whole;
 * whoever holds the former one is not disturbed. A key is replaced by adding one and removing the
 * other: writing over a file shows only when the directory changes, or at the next start. What
 * happens by the clock shows without any change: token/keys.h.
 *
 * A reading that fails, because of one bad file or of a directory, adds no key. The keys that were
 * there stay, but one whose file is certainly gone is dropped all the same. A directory that is
 * gone, or was moved away, is such a failure, too.
 */
#ifndef BEARWARD_TOKEN_KEYRING_H
#define BEARWARD_TOKEN_KEYRING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "config/config.h"
#include "token/keys.h"

struct keyring;

/* What the keys are for, and so which directories are read. */
enum keyring_use {
	KEYRING_SIGNS,		/* keys/ and signing/ */
	KEYRING_CHECKS,		/* keys/ and public/ */
	/*
	 * public/; there may be no key at all. One that a secret comes after is not known to be
	 * gone, until it is removed.
	 */
	KEYRING_PUBLISHES,
	KEYRING_USES,
};

/* Returns the i-th directory that a use reads, below the state directory, or NULL; static. */
const char *keyring_directory(enum keyring_use use, size_t i);

/*
 * Reads every key of state_dir for a use; makes signing/ or public/ where it is missing.
 * config is borrowed. Returns ERR_SETUP, logged with the file and what to do, but never its
 * content, when there is no key, or one is too short or weak, garbled, published, trivial, not a
 * regular file, or readable (a public key: writable) by others than its owner; or ERR_MEMORY.
 * *keyring is owned, released with keyring_close(), and NULL on failure.
 */
ERR_CHECKED enum err keyring_open(const struct config *config, enum keyring_use use,
    struct keyring **keyring);

/* Releases the keyring, when every snapshot has been returned. Wipes all secrets. Accepts NULL. */
void keyring_close(struct keyring *keyring);

/*
 * Returns the keys as they are now; keyring_return() must follow. Costs one fstat() a directory
 * when they are as they were, and otherwise reads them again, once for all threads that ask
 * meanwhile. A reading that fails is logged once. Returns NULL, logged once, when no key is left.
 * Does not see that a directory above was moved.
 */
const struct keys *keyring_borrow(struct keyring *keyring);

/*
 * Returns the keys as they were at most 20 milliseconds ago, and saves looking; for what is good
 * with them. What is not may be for a key that is newer: keyring_borrow() tells. So a file that is
 * removed by hand may count for that long, while keyring_remove() returns only once it does not.
 */
const struct keys *keyring_borrow_recent(struct keyring *keyring);

/*
 * Gives a borrowed snapshot back. Wipes it when it has been replaced and nobody holds it. Accepts
 * NULL.
 */
void keyring_return(struct keyring *keyring, const struct keys *keys);

/* A key that is to be made, or taken in. */
struct keyring_new {
	enum key_alg alg;
	/*
	 * The secret, or for another algorithm than HS256 a private key in PEM (PKCS #8, or RFC
	 * 5915, or RFC 8017), without a password; NULL: a random one is made. Borrowed, secret.
	 */
	const char *text;
	/* Seconds from now to when it signs: 0 for at once, and never negative. */
	int64_t after;
};

/* Finds the algorithm of a private key in PEM. Returns NULL, or what is wrong; static. */
const char *keyring_find_alg(const char *pem, enum key_alg *alg);

/*
 * Returns NULL when the text of a new key will do, or what is wrong with it and, after a
 * semicolon, what to do about that; static.
 */
const char *keyring_find_fault(const struct keyring_new *new);

/*
 * Adds a key to state_dir, and makes directories with mode 0700 where there are none. One that is
 * to sign at once is later in order than every key that has begun, whatever the clock says; where
 * that needs it, the call waits for the next second. Each file is written beside, synced, and
 * renamed into place with mode 0600. The public key comes first, and says that it signs at the end
 * of time until the private key is there: whatever stops the call, other keys go on. Returns
 * ERR_REFUSED when the text has a fault; ERR_CONFLICT when the key is there already; ERR_STORAGE,
 * logged, also when a keyring would have more than KEYS_MAX; or ERR_INTERNAL or ERR_MEMORY. kid
 * receives the new key's id, or "" on failure.
 */
ERR_CHECKED enum err keyring_add(const struct config *config, const struct keyring_new *new,
    char kid[KEY_ID_SIZE]);

/* What keyring_remove() does about the last key that can be used. */
enum keyring_last { KEYRING_KEEP_LAST, KEYRING_TAKE_LAST };

/*
 * Removes the files of a key from state_dir, durably, whatever else is amiss there. The private
 * key goes first, so that nothing is signed with it any more when its tokens are refused; from
 * then on, those who check accept what the key before it signs. Every process looks before it uses
 * a key, or has looked a moment ago, and the call lasts for that moment: so no snapshot that is
 * borrowed after the return has this one. Returns ERR_NO_KEY when there is no such file;
 * ERR_REFUSED when it is the last key that can be used, and is to be kept; or ERR_STORAGE, logged.
 */
ERR_CHECKED enum err keyring_remove(const struct config *config, const char *kid,
    enum keyring_last last);

/*
 * Removes the keys that are gone by now (seconds since 1970), and visits the id of each; but with
 * accept_tutorial_tokens no secret, since nobody can tell what tokens without kid are left.
 * Returns ERR_SETUP or ERR_STORAGE, logged, or ERR_MEMORY.
 */
ERR_CHECKED enum err keyring_remove_gone(const struct config *config, int64_t now,
    void (*visit)(const char *kid, void *arg), void *arg);

/*
 * Removes every key of state_dir in the same way, and all else in their directories that is no dot
 * file, durably; for a state directory whose database is new. Returns ERR_STORAGE, logged, when
 * something stays.
 */
ERR_CHECKED enum err keyring_remove_all(const struct config *config);

/*
 * Tells whether there is any file that a keyring would read. Returns ERR_STORAGE, logged, when
 * that cannot be seen; *has_any is then true.
 */
ERR_CHECKED enum err keyring_find_any(const struct config *config, bool *has_any);

/*
 * Visits the id of each asymmetric key whose public key does not go with the private one, and
 * what is wrong with it; both are borrowed. keyring_prepare() mends that. Returns ERR_STORAGE,
 * logged, when a directory cannot be read.
 */
ERR_CHECKED enum err keyring_find_unpaired(const struct config *config,
    void (*visit)(const char *kid, const char *fault, void *arg), void *arg);

/*
 * Adds the first key where there is none. Writes public keys that are missing or wrong, and
 * removes those that a keyring_add() or keyring_remove() which was cut off has left. Then reads
 * all keys as keyring_open() does. Of several processes that do so at once, one adds a key. kid
 * receives its id, or "". Returns what keyring_add() and keyring_open() return. Run by `bearward
 * init`.
 */
ERR_CHECKED enum err keyring_prepare(const struct config *config, enum key_alg alg,
    char kid[KEY_ID_SIZE]);

/*
 * Opens the keys that tokens are checked with to the group of a shared state directory, and makes
 * the directories of keys that are missing. Private keys stay their owner's. Returns
 * ERR_STORAGE, logged.
 */
ERR_CHECKED enum err keyring_share(const struct config *config, gid_t group);

#endif
