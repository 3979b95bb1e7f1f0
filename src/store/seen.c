/* seen: when each session was used last, in one mapped file. */
#include "store/seen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"

/* The low half of a session's number above the minute since 1970. */
typedef _Atomic uint64_t seen_place;

enum { MINUTE = 60, SIZE = SEEN_PLACES * SEEN_PLACE_SIZE };

struct seen {
	seen_place *places;		/* owned: the map */
};

static enum err
map_file(const char *path, seen_place **places)
{
	const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	void *map = MAP_FAILED;

	if (fd >= 0 && posix_fallocate(fd, 0, SIZE) == 0)
		map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		log_event(LEVEL_ERROR, "cannot open the file of uses", LOG_TEXT("file", path),
		    LOG_TEXT("reason", strerror(errno)));
	if (fd >= 0)
		(void)close(fd);
	*places = map;
	return map == MAP_FAILED ? ERR_STORAGE : ERR_OK;
}

enum err
seen_open(const char *path, struct seen **seen)
{
	struct seen *opened = calloc(1, sizeof(*opened));	/* owned until it is given away */
	enum err err;

	*seen = NULL;
	if (opened == NULL)
		return ERR_MEMORY;
	if ((err = map_file(path, &opened->places)) == ERR_OK)
		*seen = opened;
	else
		free(opened);
	return err;
}

void
seen_close(struct seen *seen)
{
	if (seen == NULL)
		return;
	(void)munmap(seen->places, SIZE);
	free(seen);
}

static uint64_t
half_of(int64_t session_id)
{
	return (uint64_t)session_id << 32;
}

static seen_place *
place_of(const struct seen *seen, int64_t session_id)
{
	return &seen->places[(uint64_t)session_id % SEEN_PLACES];
}

void
seen_note(struct seen *seen, int64_t session_id, int64_t now)
{
	const uint64_t noted = half_of(session_id) | ((uint64_t)(now / MINUTE) & UINT32_MAX);
	seen_place *place = place_of(seen, session_id);

	/* What is there already need not be written: the page stays clean. */
	if (atomic_load_explicit(place, memory_order_relaxed) != noted)
		atomic_store_explicit(place, noted, memory_order_relaxed);
}

int64_t
seen_at(const struct seen *seen, int64_t session_id)
{
	const uint64_t noted = atomic_load_explicit(place_of(seen, session_id),
	    memory_order_relaxed);

	if (noted >> 32 != half_of(session_id) >> 32)
		return 0;
	return (int64_t)(noted & UINT32_MAX) * MINUTE;
}
