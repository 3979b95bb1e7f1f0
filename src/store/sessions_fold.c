/* sessions_fold: writes into rows when sessions were used on this host. */
#include "store/sessions_fold.h"

#include <inttypes.h>
#include <stdio.h>

enum {
	BITE = 200,			/* sessions of one statement */
	NUMBER_SIZE = sizeof("-9223372036854775808"),
	LAG = 5 * 60,			/* seconds */
};

static const struct db_sql find_last = { .text = "SELECT coalesce(max(id), 0) FROM sessions" };

/* Rows that somebody else is changing are left for the next time: nobody waits here. */
static const struct db_sql note = {
	.text = "",
	.postgresql = "UPDATE sessions SET seen_at = used.at FROM ("
		"SELECT sessions.id, u.at FROM unnest(string_to_array($1, ',')::bigint[], "
		"string_to_array($2, ',')::bigint[]) AS u (id, at) "
		"JOIN sessions ON sessions.id = u.id "
		"AND sessions.seen_at + least($3, sessions.idle / 10) < u.at "
		"FOR UPDATE OF sessions SKIP LOCKED) AS used WHERE sessions.id = used.id",
};

/* Sessions that are to be written next, and when they were used: numbers with commas between. */
struct bite {
	struct db *db;
	int64_t last;			/* the number of the last session that there is */
	int64_t now;
	size_t count;
	char ids[BITE * NUMBER_SIZE], uses[BITE * NUMBER_SIZE];
	size_t ids_len, uses_len;
};

static enum err
write_bite(struct bite *bite)
{
	const bool has_any = bite->count > 0;

	bite->count = bite->ids_len = bite->uses_len = 0;
	if (!has_any)
		return ERR_OK;
	return db_change(bite->db, &note, DB_VALUES(db_text(bite->ids), db_text(bite->uses),
	    db_int(LAG)), NULL, NULL, NULL);
}

static void
append(char *list, size_t *len, int64_t number)
{
	const int written = snprintf(list + *len, NUMBER_SIZE + 1, "%s%" PRId64,
	    *len > 0 ? "," : "", number);

	*len += (size_t)written;
}

/* Sessions are numbered on and on, so a number of 32 bits is that of the youngest that has it. */
static int64_t
number_of(const struct bite *bite, uint32_t low)
{
	const int64_t high = bite->last & ~(int64_t)UINT32_MAX;

	return (high | low) <= bite->last ? (high | low) : (high | low) - ((int64_t)1 << 32);
}

static enum err
add(uint32_t low, int64_t used_at, void *arg)
{
	struct bite *bite = arg;
	const int64_t number = number_of(bite, low);

	/* A use in the future was noted by a clock that was wrong. */
	if (number <= 0 || used_at > bite->now)
		return ERR_OK;
	append(bite->ids, &bite->ids_len, number);
	append(bite->uses, &bite->uses_len, used_at);
	return ++bite->count < BITE ? ERR_OK : write_bite(bite);
}

enum err
sessions_fold(struct db *db, const struct seen *seen, int64_t since, int64_t now)
{
	struct bite bite = { .db = db, .now = now };
	enum err err = db_read(db, &find_last, NULL, db_take_int, &bite.last);

	if (err == ERR_OK)
		err = seen_visit(seen, since, add, &bite);
	return err == ERR_OK ? write_bite(&bite) : err;
}
