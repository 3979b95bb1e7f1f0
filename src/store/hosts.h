/*
 * hosts: which web hosts use the database, where that is one for many (PostgreSQL alone).
 *
 * Each host writes its row at most every minute. A row tells which keys the host has: a token of a
 * key that another host does not have is refused there.
 */
#ifndef BEARWARD_STORE_HOSTS_H
#define BEARWARD_STORE_HOSTS_H

#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

/* A host. Texts are borrowed. */
struct hosts_row {
	const char *name;
	const char *version;	/* of bearward */
	int64_t schema;		/* the newest that this version knows; not for hosts_tell() */
	const char *kids;	/* ids of its keys, sorted, with a blank between */
	int64_t skew;		/* milliseconds: its clock minus the database's */
	int64_t seen_at;	/* seconds since 1970, of the database's clock; likewise */
};

/* Reads the database's clock, and sets *skew to that of this host minus it, in milliseconds. */
ERR_CHECKED enum err hosts_find_skew(struct db *db, int64_t *skew);

/*
 * Writes the row of a host, as of now. Rows of hosts that have not done so for a month go, and so
 * does what hosts have left in table settled for more than an hour.
 */
ERR_CHECKED enum err hosts_tell(struct db *db, const struct hosts_row *row);

/* Visits all rows by name, without those that were not written for so many seconds. */
ERR_CHECKED enum err hosts_list(struct db *db, int64_t seconds,
    void (*visit)(const struct hosts_row *row, void *arg), void *arg);

#endif
