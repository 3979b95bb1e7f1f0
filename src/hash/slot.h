/*
 * hash_slot: how many password hashes run at once on this host, and in how much memory.
 *
 * The slots are byte ranges of one file in the state directory, locked by whoever hashes; each
 * stands for a core and for an equal share of the memory that hashing may take. All processes of
 * all pools share them, and the kernel gives back what a dead process held. Who waits for one
 * shows it in the same file, so that a holder who only keeps warm can give way.
 */
#ifndef BEARWARD_HASH_SLOT_H
#define BEARWARD_HASH_SLOT_H

#include <stdbool.h>

#include "base/err.h"

/*
 * Waits up to wait_ms for count neighbouring slots of the `slots` in the file at path (created
 * with mode 0600). *slot is then held until hash_slot_release(). ERR_OVERLOADED: none became
 * free; ERR_STORAGE: the file cannot be opened or locked, logged. On failure *slot is -1.
 */
ERR_CHECKED enum err hash_slot_acquire(const char *path, long slots, long count, long wait_ms,
    int *slot);

/* Whether somebody else waits for a slot just now. */
bool hash_slot_is_wanted(int slot);

/* Accepts -1. */
void hash_slot_release(int slot);

#endif
