/* restore: brings a backup back as the database of SQLite. */
#include "store/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/owner.h"
#include "store/sqlite/backup_internal.h"
#include "store/sqlite/prepare.h"
#include "store/sqlite/replace.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/scratch.h"
#include "store/sqlite/use_lock.h"

/*
 * Users who registered after the backup had the next ids, and tokens with these may be good
 * wherever the database is not asked. Where it was brought back before, and that was lost, too,
 * they had those after these: so the seconds since the backup are skipped as well.
 */
enum { IDS_SKIPPED = 1000000, BLOCK_SIZE = 64 * 1024 };

struct restore {
	const struct config *config;	/* borrowed */
	struct backup_watch watch;
	struct config scratch_config;	/* borrows from config; of the copy */
	struct scratch scratch;
	int lock;			/* owned; the database is ours alone */
	struct replace replace;		/* what is there */
	char *path;			/* owned; of the copy */
	struct connection *copy;	/* owned */
	struct restore_facts facts;
	int64_t made_at;		/* when it was made, as far as anything tells */
};

static enum err
fail(const struct restore *r, const char *name, const char *reason, enum err err)
{
	fprintf(r->watch.report, "%s: %s\n", name, reason);
	return err;
}

/* ---- the copy */

bool
restore_find_log(const char *name, char log[PATH_MAX])
{
	static const char *const suffixes[] = { "-wal", "-journal" };
	char path[PATH_MAX];
	struct stat st;

	if (realpath(name, path) == NULL)
		return false;
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (snprintf(log, PATH_MAX, "%s%s", path, suffixes[i]) < PATH_MAX &&
		    stat(log, &st) == 0 && st.st_size > 0)
			return true;
	return false;
}

static enum err
copy_bytes(struct restore *r, int from, const char *name)
{
	char block[BLOCK_SIZE];
	struct stat st = {0};
	int to = open(r->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	enum err err = ERR_OK;
	off_t offset = 0;
	ssize_t got = to == -1 ? -1 : 1;

	if (fstat(from, &st) == 0)
		r->made_at = st.st_mtime;
	while (got > 0 && (got = pread(from, block, sizeof(block), offset)) > 0) {
		errno = ENOSPC;
		if (pwrite(to, block, (size_t)got, offset) != got)
			got = -1;
		else
			r->watch.tell("copied", offset += got, st.st_size, r->watch.arg);
	}
	if (got == -1)
		err = fail(r, name, strerror(errno), ERR_STORAGE);
	if (to != -1)
		(void)close(to);
	return err;
}

/* A copy of a database that was made otherwise may say that it has a log; there is none beside. */
static enum err
look_into(struct restore *r, const char *name)
{
	const int fd = open(r->path, O_RDWR | O_CLOEXEC);
	bool is_database = false;

	if (fd != -1) {
		r->facts.is_sealed = backup_is_one(fd);
		is_database = backup_set_log(fd, false);
		(void)close(fd);
	}
	return is_database ? ERR_OK : fail(r, name, "it is not a SQLite database, or it is "
	    "encrypted", ERR_SETUP);
}

/* Refuses what no version up to this one has made. */
static enum err
check_version(struct restore *r)
{
	struct schema schema;
	enum err err = schema_recognise(r->copy, &schema);

	if (err != ERR_OK)
		return err;
	r->facts.is_older = schema.kind == SCHEMA_OLDER;
	if (schema.kind == SCHEMA_FITS || schema.kind == SCHEMA_OLDER)
		return ERR_OK;
	if (schema.kind != SCHEMA_FOREIGN && schema.kind != SCHEMA_EMPTY)
		return schema_refuse(r->copy, schema.kind);
	return connection_refuse(r->copy, "it is no backup of bearward");
}

static enum err
check_copy(struct restore *r, const char *name)
{
	enum err err;

	if ((err = look_into(r, name)) != ERR_OK)
		return err;
	if ((err = connection_open_alone(r->path, name, r->watch.report, &r->copy)) != ERR_OK)
		return err;
	if (!r->facts.is_sealed && (err = check_version(r)) != ERR_OK)
		return err;
	if ((err = backup_check(r->copy, r->facts.is_sealed, &r->watch, &r->facts.backup)) !=
	    ERR_OK || !r->facts.is_sealed)
		return err;
	r->made_at = r->facts.backup.made_at;
	/* Its mark is part of the digest. */
	if ((err = schema_mark(r->copy)) != ERR_OK)
		return err;
	return check_version(r);
}

static enum err
lock(struct restore *r)
{
	const enum err err = use_lock_take(r->config, clock_ms() + r->config->storage_wait,
	    &r->lock);

	if (err == ERR_STORAGE)
		return fail(r, r->config->state_dir, strerror(errno), err);
	return err;
}

enum err
restore_open(const struct config *config, int fd, const char *name,
    const struct backup_watch *watch, struct restore **result)
{
	struct restore *r = calloc(1, sizeof(*r));	/* owned until it is given away */
	enum err err;

	*result = NULL;
	if (r == NULL)
		return ERR_MEMORY;
	*r = (struct restore){ .config = config, .watch = *watch, .scratch_config = *config,
	    .scratch = { .fd = -1 }, .lock = -1 };
	if ((err = lock(r)) != ERR_OK)
		goto out;
	if ((err = replace_begin(config, watch->report, &r->replace)) != ERR_OK)
		goto out;
	if ((err = scratch_make(config, SCRATCH_RESTORE, &r->scratch, watch->report)) != ERR_OK)
		goto out;
	r->scratch_config.state_dir = r->scratch.path;
	r->scratch_config.journal_mode = JOURNAL_DELETE;
	if ((err = connection_path(&r->scratch_config, &r->path)) != ERR_OK)
		goto out;
	if ((err = copy_bytes(r, fd, name)) != ERR_OK)
		goto out;
	if ((err = check_copy(r, name)) != ERR_OK)
		goto out;
	r->facts.has_database = r->replace.is_there;
	r->facts.users = r->replace.users;
	*result = r;
	r = NULL;
out:
	restore_close(r);
	return err;
}

const struct restore_facts *
restore_get_facts(const struct restore *r)
{
	return &r->facts;
}

enum err
restore_visit_files(struct restore *r, restore_take_file *take, void *arg)
{
	static const char sql[] = "SELECT path, content FROM bearward_backup_files ORDER BY path";
	sqlite3_stmt *rows = NULL;	/* owned */
	enum err err;
	int rc = SQLITE_DONE;

	if (!r->facts.is_sealed)
		return ERR_OK;
	err = connection_prepare(r->copy, sql, &rows);
	while (err == ERR_OK && (rc = sqlite3_step(rows)) == SQLITE_ROW) {
		const void *content = sqlite3_column_blob(rows, 1);

		err = take((const char *)sqlite3_column_text(rows, 0),
		    content != NULL ? content : "", (size_t)sqlite3_column_bytes(rows, 1), arg);
	}
	if (err == ERR_OK && rc != SQLITE_DONE)
		err = connection_fail(r->copy, "read the keys");
	sqlite3_finalize(rows);
	return err;
}

/* ---- good for use */

/* Behind the rows that are alive no more, which nobody need be told of. */
static const struct ending {
	struct db_sql over, alive;
} endings[] = {
	{ { .text = "DELETE FROM grants WHERE revoked_at <> 0 OR expires_at <= $1" },
	  { .text = "DELETE FROM grants" } },
	{ { .text = "DELETE FROM sessions WHERE expires_at <= $1" },
	  { .text = "DELETE FROM sessions" } },
	{ { .text = "DELETE FROM tickets WHERE used_at <> 0 OR expires_at <= $1" },
	  { .text = "DELETE FROM tickets" } },
};

/* Letters about what was long ago, with links that are none any more. */
static const struct db_sql forget_letters = { .text = "DELETE FROM outbox" };

/* Tokens without a grant are good unless the user was signed out since. */
static const struct db_sql sign_out = {
	.text = "UPDATE users SET signed_out_at = $1 WHERE signed_out_at < $1",
};
static const struct db_sql begin_sequence = {
	.text = "INSERT INTO sqlite_sequence (name, seq) SELECT 'users', 0 "
		"WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'users')",
};
static const struct db_sql skip_ids = {
	.text = "UPDATE sqlite_sequence SET seq = $2 + "
		"max(seq, $1, (SELECT coalesce(max(id), 0) FROM users)) WHERE name = 'users'",
};

struct work {
	const struct restore_terms *terms;
	struct restore_ended *ended;
	int64_t highest;		/* id that the database which is there has given */
	int64_t skipped;		/* ids above all of these that nobody is given */
};

static enum err
end_all(struct db_connection *connection, const struct work *work)
{
	int64_t *const ended[] = { &work->ended->grants, &work->ended->sessions,
	    &work->ended->tickets };
	const struct db_value *now = DB_VALUES(db_int(work->terms->now));
	enum err err = ERR_OK;

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]) && err == ERR_OK; i++) {
		err = db_run(connection, &endings[i].over, now, NULL, NULL, NULL);
		if (err == ERR_OK)
			err = db_run(connection, &endings[i].alive, NULL, NULL, NULL, ended[i]);
	}
	if (err == ERR_OK)
		err = db_run(connection, &forget_letters, NULL, NULL, NULL, NULL);
	return err == ERR_OK ? db_run(connection, &sign_out, now, NULL, NULL, NULL) : err;
}

static enum err
make_good(struct db_connection *connection, void *arg)
{
	const struct work *work = arg;
	enum err err = ERR_OK;

	*work->ended = (struct restore_ended){0};
	if (!work->terms->keeps_sessions)
		err = end_all(connection, work);
	if (err == ERR_OK)
		err = db_run(connection, &begin_sequence, NULL, NULL, NULL, NULL);
	if (err == ERR_OK)
		err = db_run(connection, &skip_ids, DB_VALUES(db_int(work->highest),
		    db_int(work->skipped)), NULL, NULL, NULL);
	return err == ERR_OK ? audits_add(connection, work->terms->row) : err;
}

/* Takes away what made it a backup. */
static enum err
forget_backup(struct restore *r)
{
	enum err err = !r->facts.is_sealed ? ERR_OK : connection_execute(r->copy,
	    "DROP TABLE bearward_backup; DROP TABLE bearward_backup_rows;"
	    "DROP TABLE bearward_backup_files");

	connection_close(r->copy);
	r->copy = NULL;
	return err;
}

/* What a database needs to be found as the settings want it, and as safe as the one before. */
static enum err
finish_file(const struct restore *r)
{
	const int fd = open(r->path, O_RDWR | O_CLOEXEC);
	struct stat directory;
	enum err err = ERR_OK;

	if (fd == -1 || stat(r->config->state_dir, &directory) == -1 ||
	    fchmod(fd, owner_of(&directory).is_shared ? OWNER_SHARED_FILE : 0600) == -1 ||
	    !backup_set_log(fd, r->config->journal_mode == JOURNAL_WAL) || fsync(fd) == -1)
		err = fail(r, r->path, strerror(errno), ERR_STORAGE);
	if (fd != -1)
		(void)close(fd);
	return err;
}

enum err
restore_make_ready(struct restore *r, const struct restore_terms *terms,
    struct restore_ended *ended)
{
	const int64_t age = terms->now > r->made_at ? terms->now - r->made_at : 0;
	struct work work = { terms, ended, r->replace.highest, IDS_SKIPPED + age };
	struct db *db = NULL;	/* owned */
	enum err err;

	r->watch.tell("making it ready", 0, 0, r->watch.arg);
	if ((err = forget_backup(r)) != ERR_OK)
		return err;
	if ((err = prepare_database(&r->scratch_config, NULL, r->watch.report)) != ERR_OK)
		return err;
	if ((err = db_open(&r->scratch_config, DB_WRITE, &db)) == ERR_OK)
		err = db_transact(db, make_good, &work);
	db_close(db);
	return err == ERR_OK ? finish_file(r) : err;
}

enum err
restore_put(struct restore *r, char kept[PATH_MAX])
{
	return replace_put(&r->replace, r->path, kept);
}

void
restore_close(struct restore *r)
{
	if (r == NULL)
		return;
	connection_close(r->copy);
	scratch_remove(&r->scratch);
	replace_end(&r->replace);
	free(r->path);
	if (r->lock != -1)
		(void)close(r->lock);
	free(r);
}
