/*
 * contents: what is in a database: its tables, how many rows each has, and a digest of all of it.
 * For the files of `sqlite` alone.
 *
 * Tables of other programs in the same file count as well. What a virtual table shows is in
 * others. Tables that only a backup has (store/backup.h) are left out of the first two.
 */
#ifndef BEARWARD_STORE_SQLITE_CONTENTS_H
#define BEARWARD_STORE_SQLITE_CONTENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/sqlite/connection.h"

enum { CONTENTS_DIGEST_SIZE = 2 * 32 + 1 };	/* of SHA-256, in hexadecimal digits */

struct contents_table {
	char *name;			/* owned */
	int64_t rows;
	struct contents_table *next;	/* owned */
};

/* Lists the tables by name, and counts their rows; *tables is owned: contents_free(). */
ERR_CHECKED enum err contents_count(struct connection *connection,
    struct contents_table **tables);

/* Returns whether both have the same tables, with as many rows. */
bool contents_has_same(const struct contents_table *a, const struct contents_table *b);

/* Accepts NULL. */
void contents_free(struct contents_table *tables);

/*
 * Writes the digest of the schema and of all rows, in an order that depends on nothing else; of
 * the table bearward_backup, without its column `sha256`.
 */
ERR_CHECKED enum err contents_digest(struct connection *connection,
    char digest[CONTENTS_DIGEST_SIZE]);

#endif
