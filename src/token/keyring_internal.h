/*
 * keyring_internal: what adding and removing keys have in common. For this room alone.
 */
#ifndef BEARWARD_TOKEN_KEYRING_INTERNAL_H
#define BEARWARD_TOKEN_KEYRING_INTERNAL_H

#include <stdbool.h>

#include "base/err.h"
#include "token/key_file.h"

/*
 * Opens keys/, made where there is none, and locks it: of two who change keys at once, the later
 * must see what the earlier has done. NFS may not lock it. The lock ends with the close. Returns a
 * descriptor, owned; or -1, with errno, on failure.
 */
int keyring_lock(const char *state_dir);

/*
 * Visits the name of each file of a place that a keyring would read, until it returns false.
 * Returns false, with errno, when they cannot all be read; a missing directory has none.
 */
bool keyring_visit(const char *state_dir, enum key_place place,
    bool (*visit)(int directory, enum key_place place, const char *name, void *arg), void *arg);

/* Logs that something went wrong with a file of a place, and why. Returns ERR_STORAGE. */
ERR_CHECKED enum err keyring_fail(const char *event, const char *state_dir, const char *file,
    const char *reason);

#endif
