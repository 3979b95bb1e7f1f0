/*
 * hash_slot: how many password hashes run at once on this host.
 *
 * The slots are byte ranges of one file in the state directory, locked by whoever hashes. All
 * processes of all pools share them, and the kernel gives back what a dead process held.
 */
#ifndef BEARWARD_HASH_SLOT_H
#define BEARWARD_HASH_SLOT_H

#include "err.h"

/*
 * Waits up to wait_ms for one of slots in the file at path (created with mode 0600). *slot is
 * then held until hash_slot_release(). ERR_OVERLOADED: none became free; ERR_STORAGE: the file
 * cannot be opened or locked, logged. On failure *slot is -1.
 */
ERR_CHECKED enum err hash_slot_acquire(const char *path, long slots, long wait_ms, int *slot);

/* Accepts -1. */
void hash_slot_release(int slot);

#endif
