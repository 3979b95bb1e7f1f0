/* use_lock: tells whether any process uses the database of a state directory. */
#include "store/sqlite/use_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/owner.h"

enum { NAP = 20 };	/* milliseconds between two tries */

/* Opens the file; -1 with errno. NFS locks for one alone only what is open for writing. */
static int
open_file(const struct config *config)
{
	char *path = NULL;	/* owned */
	int fd;

	if (asprintf(&path, "%s/use.lock", config->state_dir) < 0)
		return -1;
	fd = owner_open_file(path, O_RDWR | O_NOFOLLOW);
	free(path);
	return fd;
}

enum err
use_lock_share(const struct config *config, int *fd)
{
	bool is_taken;

	if ((*fd = open_file(config)) == -1 || flock(*fd, LOCK_SH | LOCK_NB) == 0)
		return ERR_OK;
	is_taken = errno == EWOULDBLOCK;
	(void)close(*fd);
	*fd = -1;
	return is_taken ? ERR_CONFLICT : ERR_OK;
}

enum err
use_lock_take(const struct config *config, int64_t deadline, int *fd)
{
	int reason;

	if ((*fd = open_file(config)) == -1)
		return ERR_STORAGE;
	while (flock(*fd, LOCK_EX | LOCK_NB) == -1) {
		reason = errno;
		if (reason == EWOULDBLOCK && clock_ms() < deadline) {
			clock_sleep(NAP);
			continue;
		}
		(void)close(*fd);
		*fd = -1;
		errno = reason;
		return reason == EWOULDBLOCK ? ERR_CONFLICT : ERR_STORAGE;
	}
	return ERR_OK;
}
