/*
 * hash_arena, internal to hash/: the memory that a worker hashes in.
 *
 * It stays mapped from one hash to the next, because faulting new pages in takes as long as
 * hashing in them. It uses huge pages where the host allows, and is left out of core files. The
 * next hash overwrites what a hash left in it; when none follows, the worker wipes it.
 */
#ifndef BEARWARD_HASH_ARENA_H
#define BEARWARD_HASH_ARENA_H

#include <stddef.h>

#include "base/err.h"

struct hash_arena {
	unsigned char *data;	/* aligned to 2 MiB; NULL: none is mapped */
	size_t size;
	size_t used;		/* bytes that were reserved and may hold secrets */
};

/*
 * Reserves size bytes; what was in the arena need not be kept. When it has to be mapped for that,
 * `room` bytes are mapped if that is more; they cost nothing until they are used. Returns
 * ERR_OVERLOADED, logged, when the system has no such memory now; the arena is then empty.
 */
ERR_CHECKED enum err hash_arena_reserve(struct hash_arena *arena, size_t size, size_t room);

/* Wipes what was used. The memory stays mapped. */
void hash_arena_wipe(struct hash_arena *arena);

/* Wipes what was used and unmaps the arena, which may be reserved again. */
void hash_arena_release(struct hash_arena *arena);

#endif
