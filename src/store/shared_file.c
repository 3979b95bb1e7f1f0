/* shared_file: opens a file of fixed size that all processes of a host map. */
#include "store/shared_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/owner.h"

int
shared_file_mend(int fd, const struct shared_file *wanted)
{
	const int fault = posix_fallocate(fd, 0, (off_t)wanted->size);

	if (fault != 0)
		return fault;
	return pwrite(fd, wanted->header, wanted->header_len, 0) == (ssize_t)wanted->header_len ?
	    0 : errno;
}

static bool
is_what_is_wanted(int fd, const struct shared_file *wanted)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	    status.st_size == (off_t)wanted->size && wanted->fits(fd, wanted->arg);
}

/*
 * Opens the file that is there. Returns -1 when it cannot be used; with ENOENT or ELOOP when there
 * is none, or another file that may be replaced.
 */
static int
open_present(const struct shared_file *wanted)
{
	const int fd = open(wanted->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0 || is_what_is_wanted(fd, wanted))
		return fd;
	(void)close(fd);
	errno = ENOENT;
	return -1;
}

/* Makes a file beside the path, and puts it in its place when it is whole. */
static int
make_file(const struct shared_file *wanted)
{
	char new_path[PATH_MAX];
	int fd, fault;

	if (snprintf(new_path, sizeof(new_path), "%s.new", wanted->path) >=
	    (int)sizeof(new_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	(void)unlink(new_path);
	fd = owner_make_file(new_path, O_RDWR);
	if (fd < 0)
		return -1;
	if ((fault = shared_file_mend(fd, wanted)) == 0 && rename(new_path, wanted->path) == 0)
		return fd;
	fault = fault != 0 ? fault : errno;
	(void)unlink(new_path);
	(void)close(fd);
	errno = fault;
	return -1;
}

/* Makes the file unless another process has done so meanwhile. */
static int
make_file_once(const struct shared_file *wanted)
{
	char dir[PATH_MAX];
	const char *path = wanted->path, *slash = strrchr(path, '/');
	int lock, fd, fault;

	snprintf(dir, sizeof(dir), "%.*s", slash == NULL ? 1 : (int)(slash - path),
	    slash == NULL ? "." : path);
	if ((lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return -1;
	fd = flock(lock, LOCK_EX) == 0 ? open_present(wanted) : -1;
	if (fd < 0 && (errno == ENOENT || errno == ELOOP))
		fd = make_file(wanted);
	fault = errno;
	(void)close(lock);
	errno = fault;
	return fd;
}

int
shared_file_open(const struct shared_file *wanted)
{
	const int fd = open_present(wanted);

	return fd >= 0 || (errno != ENOENT && errno != ELOOP) ? fd : make_file_once(wanted);
}
