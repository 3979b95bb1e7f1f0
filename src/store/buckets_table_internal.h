/*
 * buckets_table, internal to store/: buckets in a table of PostgreSQL, for all processes of all
 * hosts.
 *
 * A row has the moment at which its bucket is full again, in milliseconds of the server's clock.
 * One whose moment has come is as good as none. Its name is made from those of the bucket with the
 * key in table attempts_key, which no program needs to know.
 *
 * Most statements are transactions of their own that do not wait until they are on disk: who signs
 * in should not. A crash of the server forgives the attempts of its last second at most.
 */
#ifndef BEARWARD_STORE_BUCKETS_TABLE_INTERNAL_H
#define BEARWARD_STORE_BUCKETS_TABLE_INTERNAL_H

#include <stdatomic.h>
#include <stdint.h>

#include "store/buckets_internal.h"
#include "store/db.h"

struct buckets_table {
	struct buckets base;
	struct db *db;				/* borrowed */
	_Atomic int64_t bite_at;		/* when rows may be removed; of clock_ms() */
};

/* ---- parts of statements, which are for PostgreSQL alone; their other text is for the log */

#define BUCKETS_NOW "CAST(floor(date_part('epoch', clock_timestamp()) * 1000) AS bigint)"
#define BUCKETS_SOON ", set_config('synchronous_commit', 'off', TRUE) AS soon"
#define BUCKETS_CLOCK(soon) "WITH clock AS MATERIALIZED (SELECT " BUCKETS_NOW " AS now, " \
	"(SELECT key FROM attempts_key) AS key" soon ")"
#define BUCKETS_NAME(identity) \
	"substr(sha256((SELECT key FROM clock) || " identity "), 1, 16)"

/*
 * Buckets: what each is known by (NULL: there is none), its kind, its interval, and its room: how
 * much later than now it may be full when one is still to be had.
 */
#define BUCKETS_WANTED(condition) ", wanted AS MATERIALIZED (SELECT slot, " \
	BUCKETS_NAME("identity") " AS name, kind, ms, room FROM (VALUES " \
	"(0, $1, $2, $3, $4), (1, $5, $6, $7, $8), (2, $9, $10, $11, $12), " \
	"(3, $13, $14, $15, $16)) AS slots (slot, identity, kind, ms, room) " \
	"WHERE identity IS NOT NULL" condition ")"

enum { BUCKETS_SLOTS = BUCKETS_AT_ONCE + 1, BUCKETS_SLOT_VALUES = 4, BUCKETS_OTHER_VALUES = 3 };

/* The values of a statement about buckets, and what they borrow. */
struct buckets_values {
	struct db_value list[BUCKETS_SLOTS * BUCKETS_SLOT_VALUES + BUCKETS_OTHER_VALUES + 1];
	char identities[BUCKETS_SLOTS][BUCKETS_IDENTITY_SIZE];
};

/* Sets the values of up to BUCKETS_SLOTS buckets, and the end. */
void buckets_table_set(struct buckets_values *values, const struct bucket *list, size_t count);

/* Returns the milliseconds until another attempt is back, and the room, as above. */
int64_t buckets_table_interval(const struct bucket *bucket);
int64_t buckets_table_room(const struct bucket *bucket);

/* ---- what buckets.h and charge.h say */

ERR_CHECKED enum err buckets_table_take(struct buckets *buckets, const struct bucket *list,
    size_t count, struct buckets_refusal *refusal);
ERR_CHECKED enum err buckets_table_take_within(struct buckets *buckets,
    struct db_connection *connection, const struct bucket *bucket,
    struct buckets_refusal *refusal);
void buckets_table_give_back(struct buckets *buckets, const struct bucket *list, size_t count);
ERR_CHECKED enum err buckets_table_charge(struct buckets *buckets, struct charge *charge,
    struct user **user);

/* Removes some rows of buckets that are full, from time to time. */
void buckets_table_tidy(struct buckets_table *table);

#endif
