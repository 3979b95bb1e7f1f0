/* spool: files without a name. */
#include "base/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/secret.h"

/* Not every file system can make one without a name; so it has one for a moment. */
static int
open_unnamed(const char *directory)
{
	char path[PATH_MAX];
	int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	if (snprintf(path, sizeof(path), "%s/spool.XXXXXX", directory) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if ((fd = mkostemp(path, O_CLOEXEC)) >= 0)
		(void)unlink(path);
	return fd;
}

enum err
spool_new(const char *directory, FILE **file)
{
	const int fd = open_unnamed(directory);

	*file = NULL;
	if (fd < 0)
		return ERR_STORAGE;
	if ((*file = fdopen(fd, "w+")) != NULL)
		return ERR_OK;
	(void)close(fd);
	return ERR_STORAGE;
}

enum err
spool_copy(FILE *from, FILE *to, bool *reading)
{
	char buffer[16384];	/* secret */
	size_t len;
	bool has_failed = false;

	while (!has_failed && (len = fread(buffer, 1, sizeof(buffer), from)) > 0)
		has_failed = fwrite(buffer, 1, len, to) != len;
	*reading = ferror(from) != 0;
	if (!has_failed && !*reading)
		has_failed = fflush(to) != 0;
	secret_wipe(buffer, sizeof(buffer));
	return has_failed || *reading ? ERR_STORAGE : ERR_OK;
}
