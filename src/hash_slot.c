/* hash_slot: how many password hashes run at once on this host. */
#include "hash_slot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

enum { PAUSE_MS = 3 };	/* between two rounds: short beside a hash, long beside a round */

static enum err
try_slot(int fd, long i)
{
	struct flock lock = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = i, .l_len = 1,
	};

	/* Bound to the open file, not to the process: it keeps our own threads apart as well. */
	if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
		return ERR_OK;
	return errno == EAGAIN || errno == EACCES ? ERR_OVERLOADED : ERR_STORAGE;
}

static enum err
try_every_slot(int fd, long slots)
{
	enum err err = ERR_OVERLOADED;

	for (long i = 0; i < slots && err == ERR_OVERLOADED; i++)
		err = try_slot(fd, i);
	return err;
}

enum err
hash_slot_acquire(const char *path, long slots, long wait_ms, int *slot)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000 };
	int64_t deadline = clock_ms() + wait_ms;
	enum err err = ERR_STORAGE;
	int fd;

	*slot = -1;
	if ((fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) < 0)
		goto out;
	while ((err = try_every_slot(fd, slots)) == ERR_OVERLOADED && clock_ms() < deadline)
		(void)nanosleep(&pause, NULL);
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

void
hash_slot_release(int slot)
{
	if (slot >= 0)
		(void)close(slot);
}
