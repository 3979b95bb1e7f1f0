/* whole_file: writes a file whole and durable, or not at all. */
#include "base/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
write_all(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		const ssize_t written = write(fd, text, len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		text += written;
		len -= (size_t)written;
	}
	return true;
}

bool
whole_file_write(int directory, const char *beside, const char *name, mode_t mode,
    const char *text)
{
	bool is_written;
	int fd;

	(void)unlinkat(directory, beside, 0);
	fd = openat(directory, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	is_written = write_all(fd, text) && fchmod(fd, mode) == 0 && fsync(fd) == 0 &&
	    renameat(directory, beside, directory, name) == 0 && fsync(directory) == 0;
	if (!is_written) {
		const int reason = errno;

		(void)unlinkat(directory, beside, 0);
		errno = reason;
	}
	(void)close(fd);
	return is_written;
}
