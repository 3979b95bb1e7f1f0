/* scratch: a private directory in state_dir, gone when the process that made it has ended. */
#include "store/sqlite/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *name;
	const char *busy;
} kinds[] = {
	[SCRATCH_IMPORT] = { "import.tmp",
		"another import is running; try again when it is done" },
	[SCRATCH_RESTORE] = { "restore.tmp", "another restore is running" },
};

static enum err
find_path(const struct config *config, enum scratch_kind kind, struct scratch *scratch)
{
	*scratch = (struct scratch){ .fd = -1 };
	if (asprintf(&scratch->path, "%s/%s", config->state_dir, kinds[kind].name) >= 0)
		return ERR_OK;
	scratch->path = NULL;
	return ERR_MEMORY;
}

static bool
is_in_place(const struct scratch *scratch)
{
	struct stat here, there;

	return fstat(scratch->fd, &here) == 0 && lstat(scratch->path, &there) == 0 &&
	    here.st_ino == there.st_ino && here.st_dev == there.st_dev;
}

/* Opens and locks the directory. errno says why not; EWOULDBLOCK: another process has it. */
static bool
take(struct scratch *scratch)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

	if ((scratch->fd = open(scratch->path, flags)) == -1)
		return false;
	/* Who had it may have removed it since it was opened. */
	if (flock(scratch->fd, LOCK_EX | LOCK_NB) == 0) {
		if (is_in_place(scratch))
			return true;
		errno = EWOULDBLOCK;
	}
	(void)close(scratch->fd);
	scratch->fd = -1;
	return false;
}

static void
empty(const struct scratch *scratch)
{
	DIR *directory = opendir(scratch->path);	/* owned */
	const struct dirent *entry;

	if (directory == NULL)
		return;
	while ((entry = readdir(directory)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			(void)unlinkat(scratch->fd, entry->d_name, 0);
	closedir(directory);
}

enum err
scratch_make(const struct config *config, enum scratch_kind kind, struct scratch *scratch,
    FILE *report)
{
	enum err err;

	if ((err = find_path(config, kind, scratch)) != ERR_OK)
		return err;
	if ((mkdir(scratch->path, 0700) == 0 || errno == EEXIST) && take(scratch)) {
		empty(scratch);
		return ERR_OK;
	}
	fprintf(report, "%s: %s\n", scratch->path, errno == EWOULDBLOCK ? kinds[kind].busy
	    : strerror(errno));
	return ERR_SETUP;
}

void
scratch_remove(struct scratch *scratch)
{
	if (scratch->fd != -1) {
		empty(scratch);
		(void)rmdir(scratch->path);
		(void)close(scratch->fd);
	}
	free(scratch->path);
	*scratch = (struct scratch){ .fd = -1 };
}

void
scratch_clean(const struct config *config)
{
	struct scratch scratch;

	for (enum scratch_kind kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
		if (find_path(config, kind, &scratch) == ERR_OK)
			(void)take(&scratch);
		scratch_remove(&scratch);
	}
}
