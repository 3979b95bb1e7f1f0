/* replace: puts another file in the place of a database that nobody uses. */
#include "store/sqlite/replace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"

#define KEPT ".before-restore-"

static enum err
fail(const struct replace *r, const char *path)
{
	fprintf(r->report, "%s: %s\n", path, strerror(errno));
	return ERR_STORAGE;
}

/* ---- what is there */

/* Asks for a number; otherwise where there is none. */
static int64_t
ask(sqlite3 *db, const char *sql, int64_t otherwise)
{
	sqlite3_stmt *row = NULL;	/* owned */
	int64_t number = otherwise;

	if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) == SQLITE_OK &&
	    sqlite3_step(row) == SQLITE_ROW)
		number = sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	return number;
}

/*
 * Whoever has a database with a log open, of whatever program and version, shares its lock as long
 * as it is open.
 */
static enum err
lock_old(struct replace *r)
{
	static const char sql[] = "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT";
	int rc = sqlite3_open_v2(r->path, &r->old, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE,
	    NULL);

	if (rc == SQLITE_OK) {
		sqlite3_busy_timeout(r->old, (int)r->config->storage_wait);
		(void)sqlite3_db_config(r->old, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
		rc = sqlite3_exec(r->old, sql, NULL, NULL, NULL);
	}
	if (rc == SQLITE_OK) {
		r->users = ask(r->old, "SELECT count(*) FROM users", -1);
		r->highest = ask(r->old, "SELECT max(seq) FROM sqlite_sequence "
		    "WHERE name = 'users'", 0);
		return ERR_OK;
	}
	/* What is damaged, nobody can use, and it is kept as it is. */
	sqlite3_close(r->old);
	r->old = NULL;
	if (rc == SQLITE_NOMEM)
		return ERR_MEMORY;
	return (rc & 0xff) == SQLITE_BUSY ? ERR_CONFLICT : ERR_OK;
}

/* Removes a second name that the database was given by a process that was killed then. */
static void
remove_left(const struct replace *r)
{
	DIR *entries = opendir(r->config->state_dir);	/* owned */
	const char *name = strrchr(r->path, '/') + 1;
	const struct dirent *entry;
	struct stat st, other;

	if (entries == NULL || stat(r->path, &st) == -1) {
		if (entries != NULL)
			closedir(entries);
		return;
	}
	while ((entry = readdir(entries)) != NULL)
		if (strncmp(entry->d_name, name, strlen(name)) == 0 &&
		    strncmp(entry->d_name + strlen(name), KEPT, sizeof(KEPT) - 1) == 0 &&
		    fstatat(dirfd(entries), entry->d_name, &other, AT_SYMLINK_NOFOLLOW) == 0 &&
		    other.st_ino == st.st_ino && other.st_dev == st.st_dev)
			(void)unlinkat(dirfd(entries), entry->d_name, 0);
	closedir(entries);
}

enum err
replace_begin(const struct config *config, FILE *report, struct replace *r)
{
	*r = (struct replace){ .config = config, .report = report, .users = -1 };
	if (asprintf(&r->path, "%s/bearward.db", config->state_dir) < 0) {
		r->path = NULL;
		return ERR_MEMORY;
	}
	r->is_there = access(r->path, F_OK) == 0;
	if (!r->is_there)
		return ERR_OK;
	remove_left(r);
	return lock_old(r);
}

/* ---- the new one */

static bool
make_kept_path(const struct replace *r, char kept[PATH_MAX])
{
	const time_t now = time(NULL);
	char moment[sizeof("20260102T030405Z")];
	struct stat st;
	struct tm tm;
	int len = 0;

	if (gmtime_r(&now, &tm) == NULL ||
	    strftime(moment, sizeof(moment), "%Y%m%dT%H%M%SZ", &tm) == 0)
		return false;
	for (int number = 1; number < 100; number++) {
		len = snprintf(kept, PATH_MAX, "%s" KEPT "%s", r->path, moment);
		if (number > 1 && len < PATH_MAX)
			len += snprintf(kept + len, (size_t)(PATH_MAX - len), "-%d", number);
		if (len + 16 > PATH_MAX)
			break;
		if (lstat(kept, &st) == -1 && errno == ENOENT)
			return true;
	}
	errno = EEXIST;
	return false;
}

/*
 * Takes away what belongs to the old one: SQLite would take it for the new one's. What could not
 * be moved into the old one goes with it.
 */
static bool
take_away(const struct replace *r, bool is_complete, const char *kept)
{
	static const char *const suffixes[] = { "-wal", "-journal", "-shm" };
	char from[PATH_MAX], to[PATH_MAX];

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(from, sizeof(from), "%s%s", r->path, suffixes[i]);
		snprintf(to, sizeof(to), "%.*s%s", PATH_MAX - 16, kept, suffixes[i]);
		if ((is_complete || i == 2 ? unlink(from) : rename(from, to)) == -1 &&
		    errno != ENOENT)
			return false;
	}
	return true;
}

/* Gives the old one a second name; where a file can have one only, it loses its first. */
static bool
keep_old(const struct replace *r, const char *kept)
{
	if (link(r->path, kept) == 0)
		return true;
	return (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS || errno == EMLINK) &&
	    rename(r->path, kept) == 0;
}

static bool
sync_directory(const struct replace *r)
{
	const int fd = open(r->config->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const bool is_synced = fd != -1 && fsync(fd) == 0;
	const int reason = errno;

	if (fd != -1)
		(void)close(fd);
	errno = reason;
	return is_synced;
}

/*
 * Moves the log into the old one, which then is whole in one file. Where it is damaged, its log
 * stays with it.
 */
static bool
complete_old(const struct replace *r)
{
	if (r->old == NULL || sqlite3_wal_checkpoint_v2(r->old, NULL, SQLITE_CHECKPOINT_TRUNCATE,
	    NULL, NULL) == SQLITE_OK)
		return true;
	errno = sqlite3_system_errno(r->old) != 0 ? sqlite3_system_errno(r->old) : EIO;
	return false;
}

enum err
replace_put(struct replace *r, const char *path, char kept[PATH_MAX])
{
	/* A log may be there without its database. */
	const bool is_complete = r->is_there && r->old != NULL;

	if (!make_kept_path(r, kept) || !complete_old(r) || (r->is_there && !keep_old(r, kept)) ||
	    !take_away(r, is_complete, kept))
		return fail(r, r->path);
	if (!r->is_there)
		kept[0] = '\0';
	/* Whatever is on the disk of these, each state of it is sound, in this order. */
	if (!sync_directory(r) || rename(path, r->path) == -1 || !sync_directory(r))
		return fail(r, r->path);
	return ERR_OK;
}

void
replace_end(struct replace *r)
{
	sqlite3_close(r->old);
	free(r->path);
	*r = (struct replace){0};
}
