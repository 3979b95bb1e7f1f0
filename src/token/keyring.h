/*
 * keyring: the signing keys, one file a key in keys/ of the state directory.
 *
 * A file's name is the key id (`kid`: 1-64 of A-Z a-z 0-9 _ -), its content one line of text: the
 * secret, whose bytes are the HMAC key, exactly like SECRET_KEY of the FastAPI tutorial. All keys
 * verify; the newest (file time, then name) signs. Files whose name starts with a dot are passed
 * over. A key is replaced by adding one and removing the other: writing over a file shows only
 * when the directory changes, or at the next start.
 */
#ifndef BEARWARD_TOKEN_KEYRING_H
#define BEARWARD_TOKEN_KEYRING_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "token/key_file.h"

struct keyring;

/*
 * Reads every key of state_dir. ERR_SETUP, logged with the file and what to do, but never its
 * content: no key, one too short, garbled, not a regular file, or readable or writable by others
 * than its owner. A struct keyring belongs to one thread.
 */
ERR_CHECKED enum err keyring_open(const char *state_dir, struct keyring **keyring);

/* Wipes all secrets. Accepts NULL. */
void keyring_close(struct keyring *keyring);

/*
 * Reads the directory again if it has changed since, or was moved; one fstat() when it has not.
 * That a directory above it was moved does not show. A reading that fails is logged and leaves the
 * keys as they were.
 */
void keyring_refresh(struct keyring *keyring);

/* A number made of the keys: the same for any two keyrings that hold the same ones. */
uint64_t keyring_get_version(const struct keyring *keyring);

/* The key that signs. Borrowed from the keyring until it is refreshed or closed, like the next. */
const struct key *keyring_get_signing_key(const struct keyring *keyring);

/* The i-th key, newest first; NULL past the last. */
const struct key *keyring_get(const struct keyring *keyring, size_t i);

/*
 * Adds a key to state_dir (making keys/ with mode 0700 where there is none): secret, or 32 random
 * bytes in hex for NULL. The file is written beside, synced, and renamed into place with mode
 * 0600. ERR_REFUSED: the secret is too short, too long or not one line; ERR_STORAGE, logged.
 * kid receives the new key's id.
 */
ERR_CHECKED enum err keyring_add(const char *state_dir, const char *secret, char kid[KEY_ID_SIZE]);

/*
 * Makes the first key where there is none, and then reads all of them as keyring_open() does. kid
 * receives the new key's id, or "". ERR_STORAGE and ERR_SETUP, logged. Run by `bearward init`.
 */
ERR_CHECKED enum err keyring_prepare(const char *state_dir, char kid[KEY_ID_SIZE]);

#endif
