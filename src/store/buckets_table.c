/* buckets_table: buckets in a table of PostgreSQL, for all processes of all hosts. */
#include "store/buckets.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "store/buckets_table_internal.h"

enum {
	BITE = 200,				/* rows that are removed at once */
	FORGIVEN_AT_ONCE = 1000,
	PAUSE = 60000, SHORT_PAUSE = 1000,	/* milliseconds between bites */
	NAME_LEN = 16,
};

static const struct db_sql look_at = {
	.text = "look at attempts",
	.postgresql = BUCKETS_CLOCK("") BUCKETS_WANTED("") " SELECT slot, full_at - now "
		"FROM clock, wanted JOIN attempts USING (name) WHERE full_at > now",
};
static const struct db_sql count_all = {
	.text = "count attempts",
	.postgresql = "SELECT kind, count(*) FROM attempts WHERE full_at > " BUCKETS_NOW
		" GROUP BY kind",
};
static const struct db_sql fill_one = {
	.text = "forgive attempts",
	.postgresql = BUCKETS_CLOCK("") " DELETE FROM attempts WHERE name = " BUCKETS_NAME("$1"),
};
/* Those above a name, in the order of names, as they are taken. */
static const struct db_sql fill_some = {
	.text = "forgive all attempts",
	.postgresql = "DELETE FROM attempts WHERE name IN (SELECT name FROM attempts "
		"WHERE name > $1 ORDER BY name LIMIT $2 FOR UPDATE) RETURNING name",
};
/* Those from a name on that are full, of $2 + 1. It waits for nobody. */
static const struct db_sql remove_soon = {
	.text = "remove attempts that are back",
	.postgresql = BUCKETS_CLOCK(BUCKETS_SOON) " DELETE FROM attempts WHERE ctid = ANY "
		"(ARRAY(SELECT ctid FROM attempts WHERE name BETWEEN $1 AND coalesce("
		"(SELECT name FROM attempts WHERE name >= $1 ORDER BY name LIMIT 1 OFFSET $2), "
		"$3) AND full_at <= (SELECT now FROM clock) FOR UPDATE SKIP LOCKED))",
};

/* ---- values */

int64_t
buckets_table_interval(const struct bucket *bucket)
{
	return (int64_t)bucket->rate.seconds * 1000;
}

int64_t
buckets_table_room(const struct bucket *bucket)
{
	return buckets_table_interval(bucket) * (bucket->rate.at_once - 1);
}

static void
set_slot(struct buckets_values *values, size_t slot, const struct bucket *bucket)
{
	struct db_value *value = &values->list[slot * BUCKETS_SLOT_VALUES];
	char *identity = values->identities[slot];

	value[0] = db_bytes(identity, buckets_identify(bucket, identity));
	value[1] = db_int(bucket->kind);
	value[2] = db_int(buckets_table_interval(bucket));
	value[3] = db_int(buckets_table_room(bucket));
}

static void
set_no_slot(struct buckets_values *values, size_t slot)
{
	struct db_value *value = &values->list[slot * BUCKETS_SLOT_VALUES];

	value[0] = db_bytes(NULL, 0);
	value[1] = value[2] = value[3] = db_no_int();
}

void
buckets_table_set(struct buckets_values *values, const struct bucket *list, size_t count)
{
	for (size_t i = 0; i < BUCKETS_SLOTS; i++)
		if (i < count)
			set_slot(values, i, &list[i]);
		else
			set_no_slot(values, i);
	values->list[BUCKETS_SLOTS * BUCKETS_SLOT_VALUES] = (struct db_value){ .type = DB_END };
}

/* ---- forgiving */

static enum err
fill(struct buckets *buckets, const struct bucket *bucket)
{
	char identity[BUCKETS_IDENTITY_SIZE];
	const size_t len = buckets_identify(bucket, identity);

	return db_change(((struct buckets_table *)buckets)->db, &fill_one,
	    DB_VALUES(db_bytes(identity, len)), NULL, NULL, NULL);
}

/* The highest name of some rows. */
struct name {
	unsigned char bytes[NAME_LEN];
	size_t len;
};

static enum err
take_highest(const struct db_row *row, void *arg)
{
	struct name *highest = arg, name;
	enum err err = db_row_bytes(row, 0, name.bytes, sizeof(name.bytes), &name.len);

	if (err == ERR_OK && memcmp(name.bytes, highest->bytes, sizeof(name.bytes)) > 0)
		*highest = name;
	return err;
}

/* In bites: to take one must not wait for all of them. */
static enum err
fill_all(struct buckets *buckets)
{
	struct name last = {0}, highest;
	int64_t rows = 0;
	enum err err;

	do {
		highest = last;
		err = db_change(((struct buckets_table *)buckets)->db, &fill_some,
		    DB_VALUES(db_bytes(last.bytes, last.len), db_int(FORGIVEN_AT_ONCE)),
		    take_highest, &highest, &rows);
		last = highest;
	} while (err == ERR_OK && rows == FORGIVEN_AT_ONCE);
	return err;
}

/* ---- looking */

static enum err
take_left(const struct db_row *row, void *arg)
{
	int64_t *left = arg;
	const int64_t slot = db_row_int(row, 0);

	if (slot >= 0 && slot < BUCKETS_SLOTS)
		left[slot] = db_row_int(row, 1);
	return ERR_OK;
}

static enum err
look(struct buckets *buckets, const struct bucket *list, size_t count,
    struct buckets_level *levels)
{
	int64_t left[BUCKETS_SLOTS] = {0};
	struct buckets_values values;
	enum err err;

	buckets_table_set(&values, list, count);
	err = db_read(((struct buckets_table *)buckets)->db, &look_at, values.list, take_left,
	    left);
	for (size_t i = 0; i < count; i++) {
		const int64_t ms = buckets_table_interval(&list[i]);
		const int64_t wait = left[i] - buckets_table_room(&list[i]);

		levels[i] = (struct buckets_level){
			.taken = (long)((left[i] + ms - 1) / ms), .wait_ms = wait > 0 ? wait : 0,
		};
	}
	return err;
}

static enum err
take_count(const struct db_row *row, void *arg)
{
	size_t *counts = arg;
	const int64_t kind = db_row_int(row, 0);

	if (kind >= 0 && kind < BUCKET_KINDS)
		counts[kind] = (size_t)db_row_int(row, 1);
	return ERR_OK;
}

static enum err
count_kinds(struct buckets *buckets, size_t counts[BUCKET_KINDS])
{
	memset(counts, 0, BUCKET_KINDS * sizeof(counts[0]));
	return db_read(((struct buckets_table *)buckets)->db, &count_all, NULL, take_count,
	    counts);
}

/* ---- removing what is full */

/* Where it begins is left to chance: so processes do not meet. */
static bool
remove_some(struct buckets_table *table, int64_t *removed)
{
	unsigned char from[NAME_LEN], last[NAME_LEN];

	memset(last, 0xff, sizeof(last));
	return secret_random(from, sizeof(from)) == ERR_OK && db_change_soon(table->db,
	    &remove_soon, DB_VALUES(db_bytes(from, sizeof(from)), db_int(BITE - 1),
	    db_bytes(last, sizeof(last))), NULL, NULL, removed) == ERR_OK;
}

void
buckets_table_tidy(struct buckets_table *table)
{
	const int64_t now = clock_ms();
	int64_t due = atomic_load(&table->bite_at), removed = 0;

	if (now < due || !atomic_compare_exchange_strong(&table->bite_at, &due, now + PAUSE))
		return;
	/* Where all that it came by were full, there are many. */
	if (remove_some(table, &removed) && removed == BITE)
		atomic_store(&table->bite_at, now + SHORT_PAUSE);
}

static void
close_table(struct buckets *buckets)
{
	free(buckets);
}

static const struct buckets_home home = {
	.close = close_table,
	.take = buckets_table_take,
	.take_within = buckets_table_take_within,
	.give_back = buckets_table_give_back,
	.fill = fill,
	.fill_all = fill_all,
	.look = look,
	.count = count_kinds,
	.charge = buckets_table_charge,
};

enum err
buckets_open_table(struct db *db, struct buckets **buckets)
{
	struct buckets_table *table = calloc(1, sizeof(*table));

	*buckets = NULL;
	if (table == NULL)
		return ERR_MEMORY;
	table->base.home = &home;
	table->db = db;
	*buckets = &table->base;
	return ERR_OK;
}
