/* move_mark: what a move writes into a database that is not to be used. */
#include "store/move_mark.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/migrate.h"

#define STRING(number) STRING_OF(number)
#define STRING_OF(text) #text

static const struct db_sql is_there = {
	.text = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' "
		"AND name = 'bearward_move'",
	.postgresql = "SELECT 1",
};
const struct db_sql move_mark_row = {
	.text = "SELECT id, is_source, place, at FROM bearward_move",
};
static const struct db_sql make = {
	.text = "CREATE TABLE IF NOT EXISTS bearward_move (id BLOB NOT NULL, "
		"is_source INTEGER NOT NULL, place TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
	.postgresql = "SELECT 1",
};
static const struct db_sql clear = { .text = "DELETE FROM bearward_move" };
static const struct db_sql add = {
	.text = "INSERT INTO bearward_move (id, is_source, place, at) "
		"VALUES ($1, $2 <> 0, $3, $4)",
};

/* Every program looks at this first, also one of the first release. */
static const struct db_sql close_file = {
	.text = "PRAGMA user_version = " STRING(MIGRATE_NOWHERE),
	.postgresql = "SELECT 1",
};
static const struct db_sql unmark = {
	.text = "DROP TABLE bearward_move", .postgresql = "DELETE FROM bearward_move",
};

/*
 * With this, views and triggers of an application are left as they are, whether or not they make
 * sense. References to the table follow it nevertheless, since foreign keys are enforced.
 */
static const struct db_sql rename_simply = {
	.text = "PRAGMA legacy_alter_table = ON", .postgresql = "SELECT 1",
};

#define RENAME(table) { .text = "ALTER TABLE " table " RENAME TO " table "_moved", \
	.postgresql = "SELECT 1" }

/* Without these, no statement of ours does anything. */
static const struct db_sql renames[] = {
	RENAME("users"), RENAME("moments"), RENAME("introspectors"), RENAME("dead_tokens"),
	RENAME("audit"), RENAME("known_networks"), RENAME("sessions"), RENAME("grants"),
	RENAME("tickets"), RENAME("outbox"), RENAME("bearward_schema"),
};

enum { RENAMES = sizeof(renames) / sizeof(renames[0]) };

enum err
move_mark_take(const struct db_row *row, void *arg)
{
	struct move_mark *mark = arg;
	char *place = NULL;	/* owned */
	size_t len;
	enum err err;

	mark->kind = db_row_int(row, 1) ? MOVE_MARK_LEFT : MOVE_MARK_ARRIVING;
	mark->at = db_row_int(row, 3);
	if ((err = db_row_bytes(row, 0, mark->id, sizeof(mark->id), &len)) != ERR_OK)
		return err;
	if ((err = db_row_text(row, 2, &place)) == ERR_OK)
		snprintf(mark->place, sizeof(mark->place), "%s", place);
	free(place);
	return err;
}

enum err
move_mark_read(struct db_connection *connection, struct move_mark *mark)
{
	int64_t has_table = 0;
	enum err err = db_run(connection, &is_there, NULL, db_take_int, &has_table, NULL);

	*mark = (struct move_mark){ .kind = MOVE_MARK_NONE };
	if (err != ERR_OK || has_table == 0)
		return err;
	return db_run(connection, &move_mark_row, NULL, move_mark_take, mark, NULL);
}

static enum err
run(struct db_connection *connection, const struct db_sql *sql)
{
	return db_run(connection, sql, NULL, NULL, NULL, NULL);
}

static enum err
rename_all(struct db_connection *connection)
{
	enum err err = run(connection, &rename_simply);

	for (size_t i = 0; i < RENAMES && err == ERR_OK; i++)
		err = run(connection, &renames[i]);
	return err;
}

enum err
move_mark_write(struct db_connection *connection, const struct move_mark *mark)
{
	enum err err;

	if ((err = run(connection, &make)) != ERR_OK)
		return err;
	if ((err = run(connection, &clear)) != ERR_OK)
		return err;
	if ((err = db_run(connection, &add, DB_VALUES(db_bytes(mark->id, sizeof(mark->id)),
	    db_int(mark->kind == MOVE_MARK_LEFT), db_text(mark->place), db_int(mark->at)), NULL,
	    NULL, NULL)) != ERR_OK)
		return err;
	if (mark->kind == MOVE_MARK_ARRIVING)
		return ERR_OK;
	if ((err = run(connection, &close_file)) != ERR_OK)
		return err;
	return rename_all(connection);
}

enum err
move_mark_remove(struct db_connection *connection)
{
	return run(connection, &unmark);
}

/* Writes the day of a moment in UTC. */
static const char *
show_day(int64_t moment, char shown[sizeof("2026-01-02")])
{
	const time_t when = (time_t)moment;
	struct tm tm = {0};

	if (gmtime_r(&when, &tm) == NULL ||
	    strftime(shown, sizeof("2026-01-02"), "%Y-%m-%d", &tm) == 0)
		return "-";
	return shown;
}

const char *
move_mark_explain(const struct move_mark *mark, char reason[MOVE_REASON_SIZE])
{
	char day[sizeof("2026-01-02")];

	if (mark->kind == MOVE_MARK_NONE)
		return NULL;
	if (mark->kind == MOVE_MARK_ARRIVING)
		snprintf(reason, MOVE_REASON_SIZE, "a move of users from %s to it was cut off: "
		    "run `bearward move` again, with the settings with which it was run",
		    mark->place);
	else if (strcmp(mark->place, MOVE_PLACE_SQLITE) == 0)
		snprintf(reason, MOVE_REASON_SIZE, "its users have been moved to SQLite on %s: "
		    "take the setting database out, and restart all of bearward",
		    show_day(mark->at, day));
	else
		snprintf(reason, MOVE_REASON_SIZE, "its users have been moved on %s: set "
		    "database = %s and restart all of bearward", show_day(mark->at, day),
		    mark->place);
	return reason;
}

const char *
move_mark_find_reason(struct db_connection *connection, char reason[MOVE_REASON_SIZE])
{
	struct move_mark mark;

	if (move_mark_read(connection, &mark) != ERR_OK)
		return NULL;
	return move_mark_explain(&mark, reason);
}
