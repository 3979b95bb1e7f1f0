/* seen: when each session was used last, in one mapped file. */
#include "store/seen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mapped.h"
#include "base/owner.h"

/* The low half of a session's number above the minute since 1970. */
typedef _Atomic uint64_t seen_place;

enum { MINUTE = 60, SIZE = SEEN_PLACES * SEEN_PLACE_SIZE };

struct seen {
	int fd;				/* owned */
	seen_place *places;		/* owned: the map */
};

/*
 * Gives the file its length, where it is shorter. What it has stays, and what is new is a hole,
 * which takes no room on the disk. Others may do the same at the same moment.
 */
static bool
lengthen(int fd, bool *was_short)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return false;
	if (!S_ISREG(status.st_mode)) {
		errno = EINVAL;
		return false;
	}
	*was_short = status.st_size < SIZE;
	return !*was_short || ftruncate(fd, SIZE) == 0;
}

static enum err
open_file(const char *path, struct seen *seen)
{
	void *map = MAP_FAILED;
	bool was_short;

	seen->fd = owner_open_file(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
	if (seen->fd >= 0 && lengthen(seen->fd, &was_short))
		map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, seen->fd, 0);
	if (map != MAP_FAILED) {
		seen->places = map;
		return ERR_OK;
	}
	log_event(LEVEL_ERROR, "cannot open the file of uses", LOG_TEXT("file", path),
	    LOG_TEXT("reason", strerror(errno)));
	if (seen->fd >= 0)
		(void)close(seen->fd);
	return ERR_STORAGE;
}

enum err
seen_open(const char *path, struct seen **seen)
{
	struct seen *opened = calloc(1, sizeof(*opened));	/* owned until it is given away */
	enum err err;

	*seen = NULL;
	if (opened == NULL)
		return ERR_MEMORY;
	if ((err = mapped_init()) == ERR_OK)
		err = open_file(path, opened);
	if (err == ERR_OK)
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
	(void)close(seen->fd);
	free(seen);
}

/* Makes the file whole that somebody has cut short. Returns false, logged, when it cannot be. */
static bool
mend(const struct seen *seen)
{
	bool was_short = false;

	if (!lengthen(seen->fd, &was_short) || !was_short) {
		log_event(LEVEL_ERROR, "cannot note uses of sessions, which may end too early",
		    LOG_TEXT("reason", was_short ? strerror(errno) : "no room on the disk"));
		return false;
	}
	log_event(LEVEL_WARNING, "uses of sessions are forgotten, because their file was cut "
	    "short", LOG_NUMBER("bytes_mended", SIZE));
	return true;
}

/* Something done with a place. */
struct use {
	seen_place *place;
	uint64_t value;
};

static void
load(void *arg)
{
	struct use *use = arg;

	use->value = atomic_load_explicit(use->place, memory_order_relaxed);
}

static void
store(void *arg)
{
	struct use *use = arg;

	/* What is there already need not be written: the page stays clean. */
	if (atomic_load_explicit(use->place, memory_order_relaxed) != use->value)
		atomic_store_explicit(use->place, use->value, memory_order_relaxed);
}

static bool
reach(const struct seen *seen, void (*work)(void *use), struct use *use)
{
	return mapped_try(work, use) || (mend(seen) && mapped_try(work, use));
}

static seen_place *
place_of(const struct seen *seen, int64_t session_id)
{
	return &seen->places[(uint64_t)session_id % SEEN_PLACES];
}

static uint64_t
half_of(int64_t session_id)
{
	return (uint64_t)session_id << 32;
}

void
seen_note(struct seen *seen, int64_t session_id, int64_t now)
{
	struct use use = {
		.place = place_of(seen, session_id),
		.value = half_of(session_id) | ((uint64_t)(now / MINUTE) & UINT32_MAX),
	};

	(void)reach(seen, store, &use);
}

int64_t
seen_at(const struct seen *seen, int64_t session_id)
{
	struct use use = { .place = place_of(seen, session_id) };

	if (!reach(seen, load, &use) || use.value >> 32 != half_of(session_id) >> 32)
		return 0;
	return (int64_t)(use.value & UINT32_MAX) * MINUTE;
}

enum { CHUNK = 512 };		/* places that are read at once */

/* Visits those of some places that were used lately. */
static enum err
visit_places(const uint64_t *values, size_t count, size_t first, int64_t since,
    seen_visit_use *visit, void *arg)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		const uint32_t low = (uint32_t)(values[i] >> 32);
		const int64_t used_at = (int64_t)(values[i] & UINT32_MAX) * MINUTE;

		/* What is elsewhere than it should be was written by nobody of us. */
		if (values[i] != 0 && used_at >= since && low % SEEN_PLACES == first + i)
			err = visit(low, used_at, arg);
	}
	return err;
}

/* A hole costs neither memory nor time. Returns -1 at the end, or where that cannot be told. */
static off_t
find_written(const struct seen *seen, off_t from)
{
	const off_t found = lseek(seen->fd, from, SEEK_DATA);

	return found < 0 ? found : found / SEEN_PLACE_SIZE * SEEN_PLACE_SIZE;
}

enum err
seen_visit(const struct seen *seen, int64_t since, seen_visit_use *visit, void *arg)
{
	uint64_t values[CHUNK];
	off_t at = 0;
	ssize_t got = 1;
	enum err err = ERR_OK;

	/* What others store meanwhile may be read or not, but each place whole. */
	while (err == ERR_OK && got > 0 && (at = find_written(seen, at)) >= 0 && at < SIZE) {
		if ((got = pread(seen->fd, values, sizeof(values), at)) > 0)
			err = visit_places(values, (size_t)got / SEEN_PLACE_SIZE,
			    (size_t)at / SEEN_PLACE_SIZE, since, visit, arg);
		at += got;
	}
	if (err != ERR_OK || (got >= 0 && (at >= 0 || errno == ENXIO)))
		return err;
	log_event(LEVEL_ERROR, "cannot read the file of uses", LOG_TEXT("reason",
	    strerror(errno)));
	return ERR_STORAGE;
}
