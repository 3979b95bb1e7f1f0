/* census: counts what there is in the database. */
#include "store/census.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

/* Of the pages that a connection has in memory, none can tell whether the disk is still there. */
static const struct db_sql forget = { .text = "PRAGMA shrink_memory" };
static const struct db_sql ask = { .text = "SELECT version FROM bearward_schema" };

/* Where there are very many, PostgreSQL's own estimate does: each host asks once a minute. */
#define COUNT(table, condition) { \
	.text = "SELECT count(*) FROM " table condition, \
	.postgresql = "SELECT CASE WHEN reltuples > 10000000 THEN CAST(reltuples AS bigint) " \
		"ELSE (SELECT count(*) FROM " table condition ") END " \
		"FROM pg_class WHERE oid = CAST('" table "' AS regclass)" }
#define LASTING " WHERE expires_at > $1"

static const struct db_sql count_users = COUNT("users", "");
static const struct db_sql count_grants = COUNT("grants", LASTING);
static const struct db_sql count_sessions = COUNT("sessions", LASTING);
static const struct db_sql count_messages = COUNT("outbox", "");
static const struct db_sql count_pages = {
	.text = "PRAGMA page_count",
	.postgresql = "SELECT pg_database_size(current_database()) / "
		"CAST(current_setting('block_size') AS bigint)",
};
static const struct db_sql count_free_pages = { .text = "PRAGMA freelist_count" };

bool
census_is_possible(struct db *db)
{
	int64_t version = 0;

	return (!db_is_sqlite(db) || db_read(db, &forget, NULL, NULL, NULL) == ERR_OK) &&
	    db_read(db, &ask, NULL, db_take_int, &version) == ERR_OK && version > 0;
}

enum err
census_take(struct db *db, int64_t now, struct census *census)
{
	const struct db_value *const at = DB_VALUES(db_int(now));
	enum err err;

	if ((err = db_read(db, &count_users, NULL, db_take_int, &census->users)) != ERR_OK)
		return err;
	if ((err = db_read(db, &count_grants, at, db_take_int, &census->grants)) != ERR_OK)
		return err;
	if ((err = db_read(db, &count_sessions, at, db_take_int, &census->sessions)) != ERR_OK)
		return err;
	return db_read(db, &count_messages, NULL, db_take_int, &census->messages);
}

static int64_t
find_log_bytes(const struct config *config)
{
	char path[PATH_MAX];
	struct stat status;

	if (snprintf(path, sizeof(path), "%s/bearward.db-wal", config->state_dir) >=
	    (int)sizeof(path) || stat(path, &status) != 0)
		return 0;
	return status.st_size;
}

enum err
census_find_room(struct db *db, const struct config *config, struct census_room *room)
{
	enum err err;

	*room = (struct census_room){ .is_file = db_is_sqlite(db) };
	err = db_read(db, &count_pages, NULL, db_take_int, &room->pages);
	if (err != ERR_OK || !room->is_file)
		return err;
	room->log_bytes = find_log_bytes(config);
	return db_read(db, &count_free_pages, NULL, db_take_int, &room->free_pages);
}
