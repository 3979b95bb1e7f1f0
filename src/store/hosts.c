/* hosts: which web hosts use the database. */
#include "store/hosts.h"

#include <stdlib.h>
#include <time.h>

#include "store/migrate.h"

enum {
	KEPT = 30 * 86400,		/* seconds */
	SETTLED_KEPT = 3600,		/* seconds: a change is in doubt for a minute at most */
	SETTLED_AT_ONCE = 1000,
};

#define CLOCK_MS "CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint)"
#define CLOCK "CAST(floor(extract(epoch FROM clock_timestamp())) AS bigint)"

/* SQLite has none of this. */
static const struct db_sql ask_clock = { .text = "", .postgresql = "SELECT " CLOCK_MS };
static const struct db_sql tell = {
	.text = "",
	.postgresql = "INSERT INTO hosts (name, seen_at, version, schema, kids, skew) "
		"VALUES ($1, " CLOCK ", $2, $3, $4, $5) ON CONFLICT (name) DO UPDATE SET "
		"seen_at = excluded.seen_at, version = excluded.version, "
		"schema = excluded.schema, kids = excluded.kids, skew = excluded.skew",
};
static const struct db_sql forget = {
	.text = "",
	.postgresql = "DELETE FROM hosts WHERE seen_at < " CLOCK " - $1",
};
/* Rows of connections that are gone: see postgresql/transaction.h. They are few. */
static const struct db_sql forget_settled = {
	.text = "",
	.postgresql = "DELETE FROM settled WHERE slot = ANY (ARRAY(SELECT slot FROM settled "
		"WHERE at < " CLOCK " - $1 LIMIT $2 FOR UPDATE SKIP LOCKED))",
};
static const struct db_sql list = {
	.text = "",
	.postgresql = "SELECT name, version, schema, kids, skew, seen_at FROM hosts "
		"WHERE seen_at >= " CLOCK " - $1 ORDER BY name",
};

/* The newest version of the schema that this program knows. */
static int64_t
newest_schema(void)
{
	int64_t version = 1;

	while (migrate_step(version + 1) != NULL)
		version++;
	return version;
}

static int64_t
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

enum err
hosts_find_skew(struct db *db, int64_t *skew)
{
	const int64_t before = now_ms();
	int64_t there = before;
	enum err err = db_read(db, &ask_clock, NULL, db_take_int, &there);

	/* The answer was made somewhere between. */
	*skew = (before + now_ms()) / 2 - there;
	return err;
}

static enum err
write_row(struct db_connection *connection, void *arg)
{
	const struct hosts_row *row = arg;
	enum err err = db_run(connection, &tell, DB_VALUES(db_text(row->name),
	    db_text(row->version), db_int(newest_schema()), db_text(row->kids), db_int(row->skew)),
	    NULL, NULL, NULL);

	if (err != ERR_OK)
		return err;
	if ((err = db_run(connection, &forget, DB_VALUES(db_int(KEPT)), NULL, NULL, NULL)) !=
	    ERR_OK)
		return err;
	return db_run(connection, &forget_settled, DB_VALUES(db_int(SETTLED_KEPT),
	    db_int(SETTLED_AT_ONCE)), NULL, NULL, NULL);
}

enum err
hosts_tell(struct db *db, const struct hosts_row *row)
{
	struct hosts_row copy = *row;

	return db_transact(db, write_row, &copy);
}

struct listing {
	void (*visit)(const struct hosts_row *row, void *arg);
	void *arg;
};

static enum err
take(const struct db_row *row, void *arg)
{
	const struct listing *listing = arg;
	char *name = NULL, *version = NULL, *kids = NULL;	/* owned */
	enum err err;

	if ((err = db_row_text(row, 0, &name)) != ERR_OK)
		goto out;
	if ((err = db_row_text(row, 1, &version)) != ERR_OK)
		goto out;
	if ((err = db_row_text(row, 3, &kids)) != ERR_OK)
		goto out;
	listing->visit(&(struct hosts_row){ .name = name, .version = version,
	    .schema = db_row_int(row, 2), .kids = kids, .skew = db_row_int(row, 4),
	    .seen_at = db_row_int(row, 5) }, listing->arg);
out:
	free(name);
	free(version);
	free(kids);
	return err;
}

enum err
hosts_list(struct db *db, int64_t seconds,
    void (*visit)(const struct hosts_row *row, void *arg), void *arg)
{
	struct listing listing = { visit, arg };

	return db_read(db, &list, DB_VALUES(db_int(seconds)), take, &listing);
}
