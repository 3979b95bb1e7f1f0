/*
 * move_rows: rows of a table, read in bites, in one canonical form whatever engine they come from.
 * For the files of `store` alone.
 *
 * A value is a byte that says what it is, and then 8 bytes of an integer, or 8 bytes of length and
 * the data; integers are big-endian. So a digest of the bytes is one of the rows.
 */
#ifndef BEARWARD_STORE_MOVE_ROWS_H
#define BEARWARD_STORE_MOVE_ROWS_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/db.h"
#include "store/move_table.h"
#include "store/seen.h"

struct move_rows {
	unsigned char *data;		/* owned */
	size_t len, size;
	size_t last;			/* where the last row begins */
	int64_t count;
};

/* A value that another engine cannot hold, or would understand otherwise. */
struct move_fault {
	const struct move_table *table;
	const char *column;		/* static */
	int64_t id;			/* of the row, where its key is a number */
	const char *reason;		/* static */
};

typedef void move_tell_fault(const struct move_fault *fault, void *arg);

/* Reads one table from its beginning to its end. */
struct move_reader {
	/* To be filled in. */
	struct db *db;				/* borrowed; NULL: there is a transaction */
	struct db_connection *connection;	/* borrowed; likewise */
	const struct move_statements *statements;	/* borrowed */
	const struct seen *seen;	/* borrowed; has later uses of sessions than their rows;
					 * or NULL */
	int64_t now;			/* seconds since 1970 */
	EVP_MD_CTX *digest;		/* borrowed; NULL: there is none to be made */
	move_tell_fault *tell;
	void *arg;

	struct move_rows rows;		/* what was read last */
	struct move_rows before;	/* and before that: its last key is where it goes on */
	bool is_begun;
	int64_t faults;
};

/*
 * Reads the next rows to reader->rows; none are left where their count is 0. A value with a fault
 * is told of, and NULL in the row. Returns what db_run() does.
 */
ERR_CHECKED enum err move_rows_read(struct move_reader *reader);

/* Frees what was read. */
void move_rows_clear(struct move_reader *reader);

/* Takes the next value from rows, at *at; what is borrowed from them is good as long as they. */
struct db_value move_rows_value(const struct move_rows *rows, size_t *at, enum move_kind kind);

#endif
