/*
 * hash_slot: limits how many workers hash at once on this host, and in how much
 * memory.
 *
 * A slot is a byte of a file in the state directory, locked by the worker that holds it. All of
 * them stand for the cores and the memory that hashing may take; hash/division.h says how many a
 * worker needs. All processes of the host share the file, and the kernel releases the locks of a
 * process that dies. A worker that waits for slots marks that in the same file, so that an idle
 * holder can release its own. A process that refuses hashes because of the load marks that, too.
 */
#ifndef BEARWARD_HASH_SLOT_H
#define BEARWARD_HASH_SLOT_H

#include <limits.h>
#include <stdbool.h>

#include "base/err.h"

/* Writes the path of the file to path; false when it is too long. */
bool hash_slot_path(const char *state_dir, char path[PATH_MAX]);

/*
 * Waits up to wait_ms for count neighbouring slots out of `slots`, and locks them in the file at
 * path, which is made where there is none. They are held in *slot until hash_slot_release().
 * Returns ERR_OVERLOADED when they did not become free, and ERR_STORAGE, logged, when the file
 * cannot be opened or locked; *slot is -1 then.
 */
ERR_CHECKED enum err hash_slot_acquire(const char *path, long slots, long count, long wait_ms,
    int *slot);

/*
 * Returns true while another worker or process waits for a slot, and once the file was removed or
 * replaced: others would then lock the new one.
 */
bool hash_slot_is_wanted(int slot);

/*
 * Shows all processes that this one refuses hashes because of the load, until *mark is given to
 * hash_slot_release(). *mark is -1 when that fails, which is logged.
 */
void hash_slot_mark_full(const char *path, int *mark);

/* Releases the slots that are held in slot, or a mark. Accepts -1. */
void hash_slot_release(int slot);

/*
 * Opens the file, and creates it if there is none, to look for such marks; *watch is a descriptor,
 * owned. Returns ERR_STORAGE, logged; *watch is -1 then.
 */
ERR_CHECKED enum err hash_slot_watch(const char *path, int *watch);

/* Returns true while any process refuses hashes because of the load. */
bool hash_slot_is_any_full(int watch);

#endif
