/* tidy: removes rows whose end has come. */
#include "store/tidy.h"

#include <stddef.h>

enum { PAUSE = 60, SHORT_PAUSE = 1 };	/* seconds */

/* A moment that is far away was set by a clock that was wrong. */
static const struct db_sql begin = {
	.text = "UPDATE moments SET at = $1 + $2 WHERE name = 'tidy' AND (at <= $1 OR "
		"at > $1 + 2 * $2)",
};
static const struct db_sql come_back = {
	.text = "UPDATE moments SET at = $1 WHERE name = 'tidy'",
};

/* Each removes at most $2 rows that ended by $1. */
#define EXPIRED(table, key) { .text = "DELETE FROM " table " WHERE " key " IN (SELECT " key \
	" FROM " table " WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)" }
static const struct db_sql removals[] = {
	EXPIRED("grants", "gid"),
	EXPIRED("dead_tokens", "jti"),
	EXPIRED("tickets", "digest"),
	EXPIRED("sessions", "id"),
};

enum err
tidy_bite(struct db_connection *connection, int64_t now)
{
	int64_t left = TIDY_BITE, rows = 0;
	enum err err = db_run(connection, &begin, DB_VALUES(db_int(now), db_int(PAUSE)), NULL,
	    NULL, &rows);

	if (err != ERR_OK || rows == 0)
		return err;
	for (size_t i = 0; i < sizeof(removals) / sizeof(removals[0]) && left > 0; i++) {
		if ((err = db_run(connection, &removals[i], DB_VALUES(db_int(now), db_int(left)),
		    NULL, NULL, &rows)) != ERR_OK)
			return err;
		left -= rows;
	}
	if (left > 0)
		return ERR_OK;
	return db_run(connection, &come_back, DB_VALUES(db_int(now + SHORT_PAUSE)), NULL, NULL,
	    NULL);
}
