/* hash_slot: how many password hashes run at once on this host. */
#include "hash_slot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

/* Between two rounds of trying: short beside a hash, long beside a round. */
static const int64_t pause_ns = 3 * 1000 * 1000;

static int64_t
now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);	/* cannot fail on Linux */
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void
sleep_ns(int64_t ns)
{
	const struct timespec pause = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	/* A signal only makes the next round come early. */
	(void)nanosleep(&pause, NULL);
}

static enum err
try_slot(int fd, int64_t i)
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
try_every_slot(int fd, int64_t slots, int64_t first)
{
	enum err err = ERR_OVERLOADED;

	for (int64_t i = 0; i < slots && err == ERR_OVERLOADED; i++)
		err = try_slot(fd, (first + i) % slots);
	return err;
}

enum err
hash_slot_acquire(const char *path, long slots, long wait_ms, int *slot)
{
	int64_t first = now_ns();	/* as good as random: callers spread over the slots */
	int64_t deadline = first + (int64_t)wait_ms * 1000000;
	enum err err = ERR_STORAGE;
	int fd;

	*slot = -1;
	if ((fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) == -1)
		goto out;
	while ((err = try_every_slot(fd, slots, first)) == ERR_OVERLOADED) {
		int64_t left = deadline - now_ns();

		if (left <= 0)
			break;
		sleep_ns(left < pause_ns ? left : pause_ns);
	}
out:
	if (err == ERR_STORAGE)
		log_event(LEVEL_ERROR, "cannot lock a hash slot", LOG_TEXT("file", path),
		    LOG_TEXT("reason", strerror(errno)));
	if (err == ERR_OK)
		*slot = fd;
	else if (fd != -1)
		(void)close(fd);
	return err;
}

void
hash_slot_release(int slot)
{
	if (slot != -1)
		(void)close(slot);
}
