/* store_copy: a copy of the whole database in a file of its own, durable. */
#include "store/sqlite/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum err
fail(const struct db *db, const char *path, const char *reason)
{
	db_complain(db, path, reason);
	return ERR_STORAGE;
}

static enum err
create(const struct db *db, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd == -1 && errno == EEXIST)
		return fail(db, path, "there is a copy of that name already: move it away");
	if (fd == -1)
		return fail(db, path, strerror(errno));
	(void)close(fd);
	return ERR_OK;
}

/* The connection of db is writing, and so cannot be copied from: this one reads beside it. */
static enum err
fill(const struct db *db, const char *path)
{
	sqlite3 *from = NULL, *to = NULL;	/* owned */
	sqlite3_backup *backup = NULL;		/* owned */
	int rc;

	rc = sqlite3_open_v2(db->path, &from, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READONLY, NULL);
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
	return rc == SQLITE_DONE ? ERR_OK : fail(db, path, sqlite3_errstr(rc));
}

static enum err
sync_path(const struct db *db, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum err err = ERR_OK;

	if (fd == -1 || fsync(fd) == -1)
		err = fail(db, path, strerror(errno));
	if (fd != -1)
		(void)close(fd);
	return err;
}

static enum err
sync_directory_of(const struct db *db, const char *path)
{
	char *copy = strdup(path);	/* owned; dirname() writes to it */
	enum err err = copy != NULL ? sync_path(db, dirname(copy)) : ERR_INTERNAL;

	free(copy);
	return err;
}

enum err
copy_make(const struct db *db, const char *path)
{
	enum err err;

	if ((err = create(db, path)) != ERR_OK)
		return err;
	if ((err = fill(db, path)) != ERR_OK)
		goto out;
	if ((err = sync_path(db, path)) != ERR_OK)
		goto out;
	err = sync_directory_of(db, path);
out:
	if (err != ERR_OK)
		(void)unlink(path);
	return err;
}

void
copy_remove(const struct db *db, const char *path)
{
	if (unlink(path) == -1)
		(void)fail(db, path, strerror(errno));
}
