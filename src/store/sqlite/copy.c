/* copy: a copy of the whole database in a file of its own, durable. */
#include "store/sqlite/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/sqlite/compare.h"

static const char unfinished[] = ".before-takeover.tmp", finished[] = ".before-takeover";

static enum err
fail(const struct connection *c, const char *path, const char *reason)
{
	connection_complain(c, path, reason);
	return ERR_STORAGE;
}

/* Names a file beside the database; *path is owned. */
static enum err
find_path(const struct connection *c, const char *suffix, char **path)
{
	if (asprintf(path, "%s%s", c->path, suffix) >= 0)
		return ERR_OK;
	*path = NULL;
	return ERR_MEMORY;
}

static enum err
create(const struct connection *c, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd == -1)
		return fail(c, path, strerror(errno));
	(void)close(fd);
	return ERR_OK;
}

/* The connection is writing, and so cannot be copied from: another reads beside it. */
static enum err
fill(const struct connection *c, const char *path)
{
	sqlite3 *from = NULL, *to = NULL;	/* owned */
	sqlite3_backup *backup = NULL;		/* owned */
	int rc;

	rc = sqlite3_open_v2(c->path, &from, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READONLY, NULL);
	if (rc != SQLITE_OK)
		goto out;
	rc = sqlite3_open_v2(path, &to, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE, NULL);
	if (rc != SQLITE_OK)
		goto out;
	if ((backup = sqlite3_backup_init(to, "main", from, "main")) == NULL) {
		rc = sqlite3_errcode(to);
		goto out;
	}
	rc = sqlite3_backup_step(backup, -1);
out:
	sqlite3_backup_finish(backup);		/* repeats the error of the step */
	sqlite3_close(to);
	sqlite3_close(from);
	return rc == SQLITE_DONE ? ERR_OK : fail(c, path, sqlite3_errstr(rc));
}

static enum err
sync_path(const struct connection *c, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum err err = ERR_OK;

	if (fd == -1 || fsync(fd) == -1)
		err = fail(c, path, strerror(errno));
	if (fd != -1)
		(void)close(fd);
	return err;
}

static enum err
sync_directory_of(const struct connection *c, const char *path)
{
	char *copy = strdup(path);	/* owned; dirname() writes to it */
	enum err err = copy != NULL ? sync_path(c, dirname(copy)) : ERR_MEMORY;

	free(copy);
	return err;
}

/* Makes the copy at path. */
static enum err
make_at(const struct connection *c, const char *path)
{
	enum err err;

	if ((err = create(c, path)) != ERR_OK)
		return err;
	if ((err = fill(c, path)) != ERR_OK)
		return err;
	if ((err = sync_path(c, path)) != ERR_OK)
		return err;
	return sync_directory_of(c, path);
}

/*
 * Refuses when the copy of another takeover would be replaced. Earlier versions made theirs under
 * this name at once, and may have been cut off.
 */
static enum err
check_place(const struct connection *c)
{
	char *path = NULL;	/* owned */
	enum err err;

	if ((err = find_path(c, finished, &path)) != ERR_OK)
		return err;
	if (access(path, F_OK) == 0 && compare_files(c->path, path) == COMPARE_DIFFERENT)
		err = fail(c, path, "there is a copy of another takeover already: move it away");
	free(path);
	return err;
}

enum err
copy_make(const struct connection *c)
{
	char *path = NULL;	/* owned */
	enum err err;

	if ((err = check_place(c)) != ERR_OK)
		return err;
	copy_remove(c);
	if ((err = find_path(c, unfinished, &path)) != ERR_OK)
		return err;
	err = make_at(c, path);
	free(path);
	if (err != ERR_OK)
		copy_remove(c);
	return err;
}

enum err
copy_keep(const struct connection *c, char **path)
{
	char *from = NULL, *to = NULL;	/* owned */
	enum err err;

	*path = NULL;
	if ((err = find_path(c, unfinished, &from)) != ERR_OK)
		goto out;
	if ((err = find_path(c, finished, &to)) != ERR_OK)
		goto out;
	if (rename(from, to) == -1) {
		err = errno == ENOENT ? ERR_OK : fail(c, from, strerror(errno));
		goto out;
	}
	err = sync_directory_of(c, to);
	*path = to;
	to = NULL;
out:
	free(from);
	free(to);
	return err;
}

bool
copy_is_there(const struct connection *c)
{
	char *path = NULL;	/* owned */
	bool is_there = find_path(c, unfinished, &path) == ERR_OK && access(path, F_OK) == 0;

	free(path);
	return is_there;
}

void
copy_remove(const struct connection *c)
{
	static const char *const rests[] = { "", "-journal", "-wal", "-shm" };

	for (size_t i = 0; i < sizeof(rests) / sizeof(rests[0]); i++) {
		char *path = NULL;	/* owned */

		if (asprintf(&path, "%s%s%s", c->path, unfinished, rests[i]) < 0)
			return;
		if (unlink(path) == -1 && errno != ENOENT)
			(void)fail(c, path, strerror(errno));
		free(path);
	}
}
