/* hash_arena: the memory that a worker hashes in. */
#include "hash/arena.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "base/log.h"
#include "base/secret.h"

#define HUGE_PAGE ((size_t)2 << 20)

static size_t
round_up(size_t size)
{
	return (size + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
}

/* Maps size bytes, a multiple of HUGE_PAGE, aligned to a huge page. */
static unsigned char *
map(size_t size)
{
	const size_t with_slack = size + HUGE_PAGE;
	unsigned char *start = mmap(NULL, with_slack, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t before;

	if (start == MAP_FAILED)
		return NULL;
	before = round_up((uintptr_t)start) - (uintptr_t)start;
	if (before > 0)
		(void)munmap(start, before);
	if (before < HUGE_PAGE)
		(void)munmap(start + before + size, HUGE_PAGE - before);
	return start + before;
}

enum err
hash_arena_reserve(struct hash_arena *arena, size_t size, size_t room)
{
	if (size > arena->size) {
		hash_arena_release(arena);
		arena->size = round_up(room > size ? room : size);
		if ((arena->data = map(arena->size)) == NULL) {
			log_event(LEVEL_ERROR, "cannot allocate memory for a hash",
			    LOG_NUMBER("bytes", (long long)arena->size),
			    LOG_TEXT("reason", strerror(errno)));
			*arena = (struct hash_arena){0};
			return ERR_OVERLOADED;
		}
		(void)madvise(arena->data, arena->size, MADV_HUGEPAGE);
		(void)madvise(arena->data, arena->size, MADV_DONTDUMP);
	}
	if (size > arena->used)
		arena->used = size;
	return ERR_OK;
}

void
hash_arena_wipe(struct hash_arena *arena)
{
	secret_wipe(arena->data, arena->used);
	arena->used = 0;
}

void
hash_arena_release(struct hash_arena *arena)
{
	if (arena->data != NULL) {
		hash_arena_wipe(arena);
		(void)munmap(arena->data, arena->size);
	}
	*arena = (struct hash_arena){0};
}
