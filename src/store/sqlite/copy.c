/* copy: a copy of the whole database in a file of its own, durable. */
#include "store/sqlite/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum err
fail(const struct connection *c, const char *path, const char *reason)
{
	connection_complain(c, path, reason);
	return ERR_STORAGE;
}

static enum err
create(const struct connection *c, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd == -1 && errno == EEXIST)
		return fail(c, path, "there is a copy of that name already: move it away");
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

enum err
copy_make(const struct connection *c, const char *path)
{
	enum err err;

	if ((err = create(c, path)) != ERR_OK)
		return err;
	if ((err = fill(c, path)) != ERR_OK)
		goto out;
	if ((err = sync_path(c, path)) != ERR_OK)
		goto out;
	err = sync_directory_of(c, path);
out:
	if (err != ERR_OK)
		(void)unlink(path);
	return err;
}

void
copy_remove(const struct connection *c, const char *path)
{
	if (unlink(path) == -1)
		(void)fail(c, path, strerror(errno));
}
