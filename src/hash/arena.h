/*
 * hash_arena: the working memory of one hashing thread.
 *
 * It stays mapped from one hash to the next, since faulting fresh pages in costs as much as
 * hashing in them; in huge pages where the host allows, and never in a core file. What a hash has
 * left in it is overwritten by the next one, and wiped when there is none.
 */
#ifndef BEARWARD_HASH_ARENA_H
#define BEARWARD_HASH_ARENA_H

#include <stddef.h>

#include "base/err.h"

struct hash_arena {
	unsigned char *data;	/* NULL: none; aligned to 2 MiB */
	size_t size;
	size_t used;		/* what has been asked for, and may hold secrets */
};

/*
 * Makes room for size bytes, whatever was in it before; where it has to be mapped for that, for
 * `room` bytes, which cost nothing until they are used. ERR_OVERLOADED: the system has no such
 * memory now, logged; the arena is then empty.
 */
ERR_CHECKED enum err hash_arena_reserve(struct hash_arena *arena, size_t size, size_t room);

/* Wipes what was used; the memory stays. */
void hash_arena_wipe(struct hash_arena *arena);

/* Wipes it and gives it back to the system; it may be reserved again. */
void hash_arena_release(struct hash_arena *arena);

#endif
