/* tidy: removes rows whose end has come. */
#include "store/tidy.h"

#include <stddef.h>

enum {
	PAUSE = 60, SHORT_PAUSE = 1,	/* seconds */
	AUDIT_KEPT = 400 * 86400,	/* seconds */
	AUDIT_ROWS_MAX = 8000000,	/* 0.8 GB: one has about 98 bytes, with its indexes */
	MESSAGES_KEPT = 2 * 86400,	/* seconds after a message was due */
	MESSAGES_MAX = 100000,
};

/*
 * A moment that is far away was set by a clock that was wrong. Where writers do not wait for each
 * other anyway, none waits for another that is about to tidy up, or for what that removes.
 */
static const struct db_sql begin = {
	.text = "INSERT INTO moments (name, at) VALUES ('tidy', $1 + $2) ON CONFLICT (name) "
		"DO UPDATE SET at = $1 + $2 WHERE moments.at <= $1 OR moments.at > $1 + 2 * $2",
	.postgresql = "UPDATE moments SET at = $1 + $2 WHERE name = (SELECT name FROM moments "
		"WHERE name = 'tidy' AND (at <= $1 OR at > $1 + 2 * $2) FOR UPDATE SKIP LOCKED)",
};
static const struct db_sql come_back = {
	.text = "UPDATE moments SET at = $1 WHERE name = 'tidy'",
};

/* Removes at most $2 rows for which a condition on $1 holds; it is an index that finds them. */
#define FIRST(table, key, condition, order) "(SELECT " key " FROM " table " WHERE " condition \
	" ORDER BY " order " LIMIT $2"
/* PostgreSQL, which plans without knowing $2, might read all of the table for an IN. */
#define REMOVE(table, key, condition, order) { \
	.text = "DELETE FROM " table " WHERE " key " IN " \
		FIRST(table, key, condition, order) ")", \
	.postgresql = "DELETE FROM " table " WHERE " key " = ANY (ARRAY" \
		FIRST(table, key, condition, order) " FOR UPDATE SKIP LOCKED))" }
#define EXPIRED(table, key) REMOVE(table, key, "expires_at <= $1", "expires_at")

static const struct removal {
	struct db_sql sql;
	bool is_by_number;	/* and $1 is the number of rows that stay; else a moment */
	int64_t kept;		/* seconds after the moment, or rows */
} removals[] = {
	{ EXPIRED("grants", "gid"), false, 0 },
	{ EXPIRED("dead_tokens", "jti"), false, 0 },
	{ EXPIRED("tickets", "digest"), false, 0 },
	{ EXPIRED("sessions", "id"), false, 0 },
	/* What nobody delivers, and what there is too much of. Rows are few, and have no index. */
	{ REMOVE("outbox", "id", "at <= $1", "at"), false, MESSAGES_KEPT },
	{ REMOVE("outbox", "id", "id <= (SELECT max(id) FROM outbox) - $1", "id"), true,
	    MESSAGES_MAX },
	{ REMOVE("audit", "id", "at <= $1", "at"), false, AUDIT_KEPT },
	{ REMOVE("audit", "id", "id <= (SELECT max(id) FROM audit) - $1", "id"), true,
	    AUDIT_ROWS_MAX },
};

/* Removes up to TIDY_BITE rows, of all tables together. */
static enum err
remove_rows(struct db_connection *connection, int64_t now, int64_t *removed)
{
	*removed = 0;
	for (size_t i = 0; i < sizeof(removals) / sizeof(removals[0]); i++) {
		const struct removal *removal = &removals[i];
		int64_t rows = 0;
		enum err err = db_run(connection, &removal->sql, DB_VALUES(
		    db_int(removal->is_by_number ? removal->kept : now - removal->kept),
		    db_int(TIDY_BITE - *removed)), NULL, NULL, &rows);

		if (err != ERR_OK)
			return err;
		if ((*removed += rows) >= TIDY_BITE)
			break;
	}
	return ERR_OK;
}

enum err
tidy_bite(struct db_connection *connection, int64_t now)
{
	int64_t is_due = 0, removed;
	enum err err = db_run(connection, &begin, DB_VALUES(db_int(now), db_int(PAUSE)), NULL,
	    NULL, &is_due);

	if (err != ERR_OK || !is_due)
		return err;
	if ((err = remove_rows(connection, now, &removed)) != ERR_OK || removed < TIDY_BITE)
		return err;
	return db_run(connection, &come_back, DB_VALUES(db_int(now + SHORT_PAUSE)), NULL, NULL,
	    NULL);
}

struct bite {
	int64_t now;
	int64_t removed;
};

static enum err
take_bite(struct db_connection *connection, void *arg)
{
	struct bite *bite = arg;

	return remove_rows(connection, bite->now, &bite->removed);
}

enum err
tidy_all(struct db *db, int64_t now, void (*visit)(int64_t removed, void *arg), void *arg)
{
	struct bite bite = { .now = now };
	int64_t removed = 0;
	enum err err;

	do {
		if ((err = db_transact(db, take_bite, &bite)) != ERR_OK)
			return err;
		removed += bite.removed;
		visit(removed, arg);
	} while (bite.removed >= TIDY_BITE);
	return ERR_OK;
}
