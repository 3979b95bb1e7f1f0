/* backup: a copy of all of a database of SQLite in one file, made while others use it. */
#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/sqlite/backup_internal.h"
#include "store/sqlite/contents.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/write_lock.h"

enum {
	PAGES = 1024,			/* copied between two looks at the clock */
	FORMAT_AT = 18,			/* in the file: see "The Database Header" of SQLite */
	ID_AT = 68,
};

#define STRING(number) STRING_OF(number)
#define STRING_OF(text) #text

static const char tables[] =
	"BEGIN;"
	"PRAGMA application_id=" STRING(SCHEMA_BACKUP_ID) ";"
	BACKUP_FACTS_TABLE ";" BACKUP_ROWS_TABLE ";" BACKUP_FILES_TABLE ";";

struct backup {
	const struct config *config;	/* borrowed */
	const char *path;		/* borrowed */
	struct backup_watch watch;
	struct connection *from, *to;	/* owned */
	struct write_lock lock;
	bool is_locked;
	int64_t made_at;
	struct contents_table *tables;	/* owned; of the snapshot */
};

/* Refuses what is no database of ours. One of an older version is as good to be kept. */
static enum err
check_source(struct connection *c)
{
	struct schema schema;
	enum err err = schema_recognise(c, &schema);

	if (err != ERR_OK || schema.kind == SCHEMA_FITS || schema.kind == SCHEMA_OLDER)
		return err;
	return schema_refuse(c, schema.kind);
}

static enum err
open_source(struct backup *backup)
{
	enum err err = connection_check_private(backup->config, backup->watch.report);

	if (err == ERR_OK)
		err = connection_open(backup->config, DB_READ, backup->watch.report,
		    &backup->from);
	return err == ERR_OK ? check_source(backup->from) : err;
}

/*
 * Without a log, a writer who wants to commit waits for us, and everybody who reads waits for that
 * writer: so we take the turn of a writer, and those who read go on.
 */
static enum err
take_turn(struct backup *backup)
{
	int64_t has_log;
	enum err err = connection_get_number(backup->from,
	    "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'", &has_log);

	if (err != ERR_OK || has_log)
		return err;
	if (write_lock_open(backup->config, &backup->lock) == ERR_OK &&
	    write_lock_take(&backup->lock, clock_ms() + backup->config->storage_wait) == ERR_OK) {
		backup->is_locked = true;
		return ERR_OK;
	}
	connection_complain(backup->from, "lock write.lock", errno == ETIMEDOUT ?
	    "other processes were writing all the while; try again" : strerror(errno));
	return ERR_STORAGE;
}

/* Ends the transaction and the turn. */
static void
leave_source(struct backup *backup)
{
	connection_close(backup->from);
	backup->from = NULL;
	if (backup->is_locked)
		write_lock_release(&backup->lock);
	backup->is_locked = false;
	write_lock_close(&backup->lock);
}

/* Begins a transaction, whose snapshot is what is copied and counted. */
static enum err
begin_snapshot(struct backup *backup)
{
	enum err err;

	backup->made_at = (int64_t)time(NULL);
	if ((err = connection_execute(backup->from, "BEGIN; SELECT count(*) FROM sqlite_schema"))
	    != ERR_OK)
		return err;
	return contents_count(backup->from, &backup->tables);
}

/* SQLite calls a file that may not grow an I/O error, and the system knows why. */
static enum err
fail_copying(const struct backup *backup, int rc)
{
	const int reason = sqlite3_system_errno(backup->to->sqlite);

	if ((rc & 0xff) == SQLITE_NOMEM)
		return ERR_MEMORY;
	connection_complain((rc & 0xff) == SQLITE_CORRUPT ? backup->from : backup->to, "copy it",
	    (rc & 0xff) == SQLITE_IOERR && reason != 0 ? strerror(reason) : sqlite3_errstr(rc));
	return ERR_STORAGE;
}

static enum err
copy_pages(struct backup *backup)
{
	sqlite3_backup *copying = sqlite3_backup_init(backup->to->sqlite, "main",
	    backup->from->sqlite, "main");	/* owned */
	const struct backup_watch *watch = &backup->watch;
	int64_t size = 0;
	int rc = SQLITE_OK, all;

	if (copying == NULL)
		return connection_fail(backup->to, "begin the copy");
	if (connection_get_number(backup->from, "PRAGMA page_size", &size) != ERR_OK)
		size = 0;
	while (rc == SQLITE_OK) {
		rc = sqlite3_backup_step(copying, PAGES);
		all = sqlite3_backup_pagecount(copying);
		watch->tell("copied", size * (all - sqlite3_backup_remaining(copying)),
		    size * all, watch->arg);
	}
	sqlite3_backup_finish(copying);
	return rc == SQLITE_DONE ? ERR_OK : fail_copying(backup, rc);
}

/* A copy has no log: it can be read where nobody can write, and it is one file. */
static enum err
forget_log(const struct backup *backup)
{
	const int fd = open(backup->path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	enum err err = ERR_OK;

	if (fd == -1 || !backup_set_log(fd, false)) {
		connection_complain(backup->to, "write it", strerror(errno));
		err = ERR_STORAGE;
	}
	if (fd != -1)
		(void)close(fd);
	return err;
}

static enum err
reopen(struct backup *backup)
{
	connection_close(backup->to);
	backup->to = NULL;
	return connection_open_alone(backup->path, backup->path, backup->watch.report,
	    &backup->to);
}

enum err
backup_copy(const struct config *config, const char *path, const struct backup_watch *watch,
    struct backup **result)
{
	struct backup *backup = calloc(1, sizeof(*backup));	/* owned until it is given away */
	enum err err;

	*result = NULL;
	if (backup == NULL)
		return ERR_MEMORY;
	*backup = (struct backup){ .config = config, .path = path, .watch = *watch,
	    .lock = { .fd = -1, .queue = -1 } };
	if ((err = open_source(backup)) != ERR_OK)
		goto out;
	if ((err = reopen(backup)) != ERR_OK)
		goto out;
	if ((err = take_turn(backup)) != ERR_OK)
		goto out;
	if ((err = begin_snapshot(backup)) == ERR_OK)
		err = copy_pages(backup);
	leave_source(backup);
	if (err != ERR_OK || (err = forget_log(backup)) != ERR_OK)
		goto out;
	if ((err = reopen(backup)) == ERR_OK)
		err = connection_execute(backup->to, tables);
	if (err != ERR_OK)
		goto out;
	*result = backup;
	backup = NULL;
out:
	backup_close(backup);
	return err;
}

/* Runs a statement that has its values, and takes it. */
static enum err
finish(struct connection *c, sqlite3_stmt *statement)
{
	const enum err err = sqlite3_step(statement) == SQLITE_DONE ? ERR_OK
	    : connection_fail(c, "write what belongs to the copy");

	sqlite3_finalize(statement);
	return err;
}

enum err
backup_add_file(struct backup *backup, const char *path, mode_t mode, const void *content,
    size_t len)
{
	static const char sql[] = "INSERT INTO bearward_backup_files VALUES (?, ?, ?)";
	sqlite3_stmt *statement = NULL;		/* given away */
	enum err err = connection_prepare(backup->to, sql, &statement);

	if (err != ERR_OK)
		return err;
	(void)sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int(statement, 2, (int)mode);
	(void)sqlite3_bind_blob(statement, 3, len > 0 ? content : "", (int)len, SQLITE_STATIC);
	return finish(backup->to, statement);
}

static enum err
add_rows(struct backup *backup)
{
	static const char sql[] = "INSERT INTO bearward_backup_rows VALUES (?, ?)";
	enum err err = ERR_OK;

	for (const struct contents_table *table = backup->tables; table != NULL && err == ERR_OK;
	    table = table->next) {
		sqlite3_stmt *statement = NULL;		/* given away */

		if ((err = connection_prepare(backup->to, sql, &statement)) != ERR_OK)
			break;
		(void)sqlite3_bind_text(statement, 1, table->name, -1, SQLITE_STATIC);
		(void)sqlite3_bind_int64(statement, 2, table->rows);
		err = finish(backup->to, statement);
	}
	return err;
}

static enum err
add_facts(struct backup *backup)
{
	static const char sql[] = "INSERT INTO bearward_backup SELECT " STRING(1) ", ?, ?, "
		"EXISTS (SELECT 1 FROM bearward_backup_files), ''";
	sqlite3_stmt *statement = NULL;		/* given away */
	enum err err = connection_prepare(backup->to, sql, &statement);

	if (err != ERR_OK)
		return err;
	(void)sqlite3_bind_int64(statement, 1, backup->made_at);
	(void)sqlite3_bind_text(statement, 2, VERSION, -1, SQLITE_STATIC);
	return finish(backup->to, statement);
}

static enum err
add_digest(struct backup *backup)
{
	char digest[CONTENTS_DIGEST_SIZE];
	sqlite3_stmt *statement = NULL;		/* given away */
	enum err err;

	backup->watch.tell("reading what was copied", 0, 0, backup->watch.arg);
	if ((err = contents_digest(backup->to, digest)) != ERR_OK)
		return err;
	if ((err = connection_prepare(backup->to, "UPDATE bearward_backup SET sha256 = ?",
	    &statement)) != ERR_OK)
		return err;
	(void)sqlite3_bind_text(statement, 1, digest, -1, SQLITE_STATIC);
	return finish(backup->to, statement);
}

enum err
backup_seal(struct backup *backup, struct backup_facts *facts)
{
	enum err err;

	if ((err = add_rows(backup)) != ERR_OK)
		return err;
	if ((err = add_facts(backup)) != ERR_OK)
		return err;
	if ((err = add_digest(backup)) != ERR_OK)
		return err;
	if ((err = connection_execute(backup->to, "COMMIT")) != ERR_OK)
		return err;
	if ((err = reopen(backup)) != ERR_OK)
		return err;
	return backup_check(backup->to, true, &backup->watch, facts);
}

void
backup_close(struct backup *backup)
{
	if (backup == NULL)
		return;
	leave_source(backup);
	connection_close(backup->to);
	contents_free(backup->tables);
	free(backup);
}

static const char magic[16] = "SQLite format 3";

bool
backup_set_log(int fd, bool has_log)
{
	char head[sizeof(magic)];

	errno = EINVAL;
	if (pread(fd, head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
	    memcmp(head, magic, sizeof(magic)) != 0)
		return false;
	return pwrite(fd, has_log ? "\2\2" : "\1\1", 2, FORMAT_AT) == 2;
}

bool
backup_is_one(int fd)
{
	unsigned char head[ID_AT + 4];
	struct stat st;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) ||
	    pread(fd, head, sizeof(head), 0) != (ssize_t)sizeof(head))
		return false;
	return memcmp(head, magic, sizeof(magic)) == 0 &&
	    ((uint32_t)head[ID_AT] << 24 | (uint32_t)head[ID_AT + 1] << 16 |
	    (uint32_t)head[ID_AT + 2] << 8 | head[ID_AT + 3]) == SCHEMA_BACKUP_ID;
}
