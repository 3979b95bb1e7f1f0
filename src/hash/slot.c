/* hash_slot: limits how many workers hash at once on this host, and in how much memory. */
#include "hash/slot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/owner.h"

enum {
	PAUSE_MS = 3,		/* between two attempts; a hash takes longer */
	WANTED_AT = 1 << 20,	/* the byte that waiting workers lock for reading */
	FULL_AT,		/* the byte that processes lock for reading that refuse hashes */
};

bool
hash_slot_path(const char *state_dir, char path[PATH_MAX])
{
	const int len = snprintf(path, PATH_MAX, "%s/hash.slots", state_dir);

	return len > 0 && len < PATH_MAX;
}

/* Open file description locks also exclude the threads of one process from one another. */
static int
lock(int fd, int command, short type, long start, long count)
{
	struct flock range = {
		.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = count,
	};

	if (fcntl(fd, command, &range) != 0)
		return -1;
	return command == F_OFD_GETLK && range.l_type != F_UNLCK ? 1 : 0;
}

/*
 * Returns the first place from `from` on that does not overlap what stands in the way of count
 * slots there; `from` itself when nothing does; -1 with errno on failure.
 */
static long
skip_lock(int fd, long from, long count)
{
	struct flock range = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = from, .l_len = count,
	};

	if (fcntl(fd, F_OFD_GETLK, &range) != 0)
		return -1;
	if (range.l_type == F_UNLCK)
		return from;
	/* A length of 0 reaches to the end of the file, however far that is. */
	return range.l_len == 0 ? WANTED_AT : (long)(range.l_start + range.l_len);
}

static enum err
try_every_slot(int fd, long slots, long count)
{
	long i;

	for (i = 0; i >= 0 && i + count <= slots; i = skip_lock(fd, i, count)) {
		if (lock(fd, F_OFD_SETLK, F_WRLCK, i, count) == 0)
			return ERR_OK;
		if (errno != EAGAIN && errno != EACCES)
			return ERR_STORAGE;
	}
	return i < 0 ? ERR_STORAGE : ERR_OVERLOADED;
}

static enum err
wait_for_slot(int fd, long slots, long count, int64_t deadline)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000 };
	enum err err;

	if (lock(fd, F_OFD_SETLK, F_RDLCK, WANTED_AT, 1) != 0)
		return ERR_STORAGE;
	while ((err = try_every_slot(fd, slots, count)) == ERR_OVERLOADED && clock_ms() < deadline)
		(void)nanosleep(&pause, NULL);
	if (lock(fd, F_OFD_SETLK, F_UNLCK, WANTED_AT, 1) != 0)
		return ERR_STORAGE;
	return err;
}

enum err
hash_slot_acquire(const char *path, long slots, long count, long wait_ms, int *slot)
{
	const int64_t deadline = clock_ms() + wait_ms;
	enum err err = ERR_STORAGE;
	int fd;

	*slot = -1;
	if ((fd = owner_open_file(path, O_RDWR)) < 0)
		goto out;
	if ((err = try_every_slot(fd, slots, count)) == ERR_OVERLOADED && wait_ms > 0)
		err = wait_for_slot(fd, slots, count, deadline);
out:
	if (err == ERR_STORAGE)
		log_event(LEVEL_ERROR, "cannot lock a hash slot", LOG_TEXT("file", path),
		    LOG_TEXT("reason", strerror(errno)));
	if (err == ERR_OK)
		*slot = fd;
	else if (fd >= 0)
		(void)close(fd);
	return err;
}

bool
hash_slot_is_wanted(int slot)
{
	struct stat st;

	/* Nobody else can see the locks of a file that was removed or replaced. */
	if (fstat(slot, &st) == 0 && st.st_nlink == 0)
		return true;
	return lock(slot, F_OFD_GETLK, F_WRLCK, WANTED_AT, 1) > 0;
}

void
hash_slot_mark_full(const char *path, int *mark)
{
	*mark = owner_open_file(path, O_RDWR);
	if (*mark >= 0 && lock(*mark, F_OFD_SETLK, F_RDLCK, FULL_AT, 1) == 0)
		return;
	log_event(LEVEL_ERROR, "cannot show that hashes are refused", LOG_TEXT("file", path),
	    LOG_TEXT("reason", strerror(errno)));
	hash_slot_release(*mark);
	*mark = -1;
}

void
hash_slot_release(int slot)
{
	if (slot >= 0)
		(void)close(slot);
}

enum err
hash_slot_watch(const char *path, int *watch)
{
	*watch = owner_open_file(path, O_RDONLY);
	if (*watch >= 0)
		return ERR_OK;
	log_event(LEVEL_ERROR, "cannot open the hash slots", LOG_TEXT("file", path),
	    LOG_TEXT("reason", strerror(errno)));
	return ERR_STORAGE;
}

bool
hash_slot_is_any_full(int watch)
{
	return lock(watch, F_OFD_GETLK, F_WRLCK, FULL_AT, 1) > 0;
}
