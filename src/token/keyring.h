/*
 * keyring: the signing keys of a process, one file a key in keys/ of the state directory.
 *
 * The name of a file is the key id, its content one line of text: the secret, whose bytes are the
 * HMAC key, exactly like SECRET_KEY of the FastAPI tutorial, and nothing else. When a key was made
 * is part of its id (YYYYMMDDTHHMMSS-xxxxxxxx, UTC); a key with another id has an unknown date.
 * token/keys.h says which key signs. Files whose name starts with a dot are passed over.
 *
 * A process has one keyring for all its threads. Each request borrows the snapshot of the moment
 * and returns it. A change of the directory is read once and replaces the snapshot as a whole;
 * whoever holds the former one is not disturbed. A key is replaced by adding one and removing the
 * other: writing over a file shows only when the directory changes, or at the next start.
 *
 * A reading that fails, because of one bad file or of the directory, adds no key. The keys that
 * were there stay, but one whose file is certainly gone is dropped all the same.
 */
#ifndef BEARWARD_TOKEN_KEYRING_H
#define BEARWARD_TOKEN_KEYRING_H

#include <stdbool.h>

#include "base/err.h"
#include "token/keys.h"

struct keyring;

/*
 * Reads every key of state_dir. Returns ERR_SETUP, logged with the file and what to do, but never
 * its content, when there is no key, or one is too short, garbled, published, trivial, not a
 * regular file, or readable or writable by others than its owner; or ERR_MEMORY. *keyring is
 * owned, released with keyring_close(), and NULL on failure.
 */
ERR_CHECKED enum err keyring_open(const char *state_dir, struct keyring **keyring);

/* Releases the keyring, when every snapshot has been returned. Wipes all secrets. Accepts NULL. */
void keyring_close(struct keyring *keyring);

/*
 * Returns the keys as they are now; keyring_return() must follow. Costs one fstat() when the
 * directory is as it was, and otherwise reads it again, once for all threads that ask meanwhile.
 * A reading that fails is logged once. Returns NULL, logged once, when no key is left. Does not
 * see that a directory above keys/ was moved.
 */
const struct keys *keyring_borrow(struct keyring *keyring);

/*
 * Gives a borrowed snapshot back. Wipes it when it has been replaced and nobody holds it. Accepts
 * NULL.
 */
void keyring_return(struct keyring *keyring, const struct keys *keys);

/*
 * Returns NULL when a secret may be that of a new key, or what is wrong with it and, after a
 * semicolon, what to do about that in a file; static.
 */
const char *keyring_find_secret_fault(const char *secret);

/*
 * Adds a key to state_dir (making keys/ with mode 0700 where there is none): secret, or 32 random
 * bytes in hex for NULL. The new key is newer than every key there is, whatever the clock says,
 * and so it signs. The file is written beside, synced, and renamed into place with mode 0600.
 * Returns ERR_REFUSED when the secret has a fault; ERR_STORAGE, logged; or ERR_INTERNAL. kid
 * receives the new key's id, or "" on failure.
 */
ERR_CHECKED enum err keyring_add(const char *state_dir, const char *secret, char kid[KEY_ID_SIZE]);

/* What keyring_remove() does about the last key that can be used. */
enum keyring_last { KEYRING_KEEP_LAST, KEYRING_TAKE_LAST };

/*
 * Removes the file of a key from state_dir, whatever else is amiss there, durably. Every process
 * looks before it uses a key: who borrows after the return does not get this one. Returns
 * ERR_NO_KEY when there is no such file; ERR_REFUSED when it is the last key that can be used, and
 * is to be kept; or ERR_STORAGE, logged.
 */
ERR_CHECKED enum err keyring_remove(const char *state_dir, const char *kid,
    enum keyring_last last);

/*
 * Removes every key of state_dir, and all else that is no dot file, durably; for a state directory
 * whose database is new. Returns ERR_STORAGE, logged, when something stays.
 */
ERR_CHECKED enum err keyring_remove_all(const char *state_dir);

/*
 * Tells whether there is any file in keys/ that a keyring would read. Returns ERR_STORAGE, logged,
 * when that cannot be seen; *has_any is then true.
 */
ERR_CHECKED enum err keyring_find_any(const char *state_dir, bool *has_any);

/*
 * Adds the first key where there is none, and then reads all of them as keyring_open() does. Of
 * several processes that do so at once, one adds it. kid receives the new key's id, or "". Returns
 * what keyring_add() and keyring_open() return. Run by `bearward init`.
 */
ERR_CHECKED enum err keyring_prepare(const char *state_dir, char kid[KEY_ID_SIZE]);

#endif
