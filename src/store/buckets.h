/*
 * buckets: how many attempts are left, counted for all who share a database.
 *
 * A bucket holds a number of attempts at once and gets one back each so many seconds. A bucket
 * that nothing was taken from for long enough is full, and is kept nowhere. Of the others it is
 * kept when they are full again, under a keyed hash of their names: names themselves are not kept.
 * Attempts that are taken at the same time are counted one by one.
 *
 * With SQLite they are in one mapped file of fixed size, for all processes of the host. Where
 * there is no place left for a new entry, the one that is full again soonest gives way. No call
 * waits for another: entries are changed with compare-and-swap. Time is that of CLOCK_BOOTTIME, so
 * a change of the system's clock gives nothing back. The file outlives every process. A restart of
 * the host makes all buckets full, unless it comes within the first minutes after another. A file
 * that is cut short meanwhile is made whole again, with full buckets. Where that fails, nothing
 * can be taken.
 *
 * With PostgreSQL they are in a table, for all hosts, and time is that of the server. Only full
 * ones are ever removed: the table grows with the number of names and networks that are tried.
 * Attempts outlive the server, but for those of the last second before a crash.
 */
#ifndef BEARWARD_STORE_BUCKETS_H
#define BEARWARD_STORE_BUCKETS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "config/config.h"
#include "store/db.h"

struct buckets;

/* What is counted: part of a bucket's identity, and all that can be told about one. */
enum bucket_kind {
	BUCKET_SOURCE = 1,		/* sign-ins from a network */
	BUCKET_ACCOUNT_SOURCE,		/* sign-ins to an account from a network */
	BUCKET_STRANGERS,		/* sign-ins to an account from networks not known to it */
	BUCKET_KNOWN,			/* sign-ins to an account from networks known to it */
	BUCKET_REGISTRATION,		/* registrations from a network */
	BUCKET_LINK,			/* messages with a link that an account is to get */
	BUCKET_MESSAGE,			/* other messages that an account is to get */
	BUCKET_TOLD,			/* telling the audit that one of the above is empty */
	BUCKET_KINDS,
};

enum { BUCKET_ENTRY_SIZE = 8, BUCKETS_AT_ONCE = 3 };

/* Which bucket; the texts are borrowed. Two that differ in any member are two buckets. */
struct bucket {
	enum bucket_kind kind;
	const char *account;		/* key of a name, whether or not a user has it; or NULL */
	const char *network;		/* or NULL */
	struct rate rate;
};

/* Why no attempt was taken. */
struct buckets_refusal {
	size_t which;			/* of the buckets: the first that has none left */
	int64_t wait_ms;		/* until each of them has one, as it looks now */
};

/* What is taken from a bucket. */
struct buckets_level {
	long taken;			/* attempts not yet back, rounded up */
	int64_t wait_ms;		/* until there is another one; 0: there is one */
};

/*
 * Opens the file at path, with room for so many entries; makes it where there is
 * none, or where it is of an earlier boot or another size. *buckets is owned: buckets_close(). Any
 * thread may use it. Returns ERR_STORAGE, logged, or ERR_MEMORY; *buckets is NULL then.
 */
ERR_CHECKED enum err buckets_open_mapped(const char *path, size_t entries,
    struct buckets **buckets);

/*
 * Opens those in the database, which is a PostgreSQL and borrowed; it connects when they are used.
 * *buckets is owned. ERR_MEMORY.
 */
ERR_CHECKED enum err buckets_open_table(struct db *db, struct buckets **buckets);

/* Closes them. Accepts NULL. */
void buckets_close(struct buckets *buckets);

/*
 * Takes an attempt from each of up to BUCKETS_AT_ONCE buckets, of different kinds, or from none.
 * Returns ERR_ATTEMPTS, with *refusal, when one of them is empty; ERR_STORAGE or ERR_MEMORY when
 * that cannot be told. Nothing is taken then; but where the answer is lost it may count.
 */
ERR_CHECKED enum err buckets_take(struct buckets *buckets, const struct bucket *list,
    size_t count, struct buckets_refusal *refusal);

/*
 * Does the same for one bucket inside a transaction, which cannot go on after ERR_STORAGE. With
 * SQLite what was taken stays so when it is rolled back.
 */
ERR_CHECKED enum err buckets_take_within(struct buckets *buckets,
    struct db_connection *connection, const struct bucket *bucket,
    struct buckets_refusal *refusal);

/* Gives back an attempt that was taken from each. Where that fails they count on, logged. */
void buckets_give_back(struct buckets *buckets, const struct bucket *list, size_t count);

/* Make a bucket full, or all. */
ERR_CHECKED enum err buckets_fill(struct buckets *buckets, const struct bucket *bucket);
ERR_CHECKED enum err buckets_fill_all(struct buckets *buckets);

/* Looks at up to BUCKETS_AT_ONCE buckets, and takes nothing. */
ERR_CHECKED enum err buckets_look(struct buckets *buckets, const struct bucket *list,
    size_t count, struct buckets_level *levels);

/* Counts the buckets of each kind that are not full. */
ERR_CHECKED enum err buckets_count(struct buckets *buckets, size_t counts[BUCKET_KINDS]);

#endif
