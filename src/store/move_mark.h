/*
 * move_mark: what a move writes into a database that is not to be used: because its users have
 * moved somewhere else, or because they are arriving and the place that they come from is not
 * marked yet. So at most one of the two is ever in use. For the files of `store` alone.
 *
 * A program that opens a marked database refuses it, and says where the users are. One that has it
 * open finds no table any more in SQLite, where ours are renamed. In PostgreSQL a row says so;
 * whoever has a connection looks for it (see postgresql/).
 */
#ifndef BEARWARD_STORE_MOVE_MARK_H
#define BEARWARD_STORE_MOVE_MARK_H

#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

enum { MOVE_ID_LEN = 16, MOVE_PLACE_SIZE = 2048 };

/* The place of a database of SQLite; of a PostgreSQL it is the setting `database`. */
#define MOVE_PLACE_SQLITE "SQLite"

/* What a connection to a PostgreSQL that is opened with DB_MOVE calls itself. */
#define MOVE_NAME "bearward move"

enum move_mark_kind { MOVE_MARK_NONE, MOVE_MARK_LEFT, MOVE_MARK_ARRIVING };

struct move_mark {
	enum move_mark_kind kind;
	unsigned char id[MOVE_ID_LEN];	/* of the move: both databases have the same */
	char place[MOVE_PLACE_SIZE];	/* where the other one is */
	int64_t at;			/* seconds since 1970 */
};

enum { MOVE_REASON_SIZE = MOVE_PLACE_SIZE + 256 };

/* Reads the mark. */
ERR_CHECKED enum err move_mark_read(struct db_connection *connection, struct move_mark *mark);

/* The statement that gives it, of a database that has one, and what takes its row to a mark. */
extern const struct db_sql move_mark_row;
ERR_CHECKED enum err move_mark_take(const struct db_row *row, void *mark);

/* Marks a database that has none, in the transaction. */
ERR_CHECKED enum err move_mark_write(struct db_connection *connection,
    const struct move_mark *mark);

/* Removes the mark of a database whose users have arrived. */
ERR_CHECKED enum err move_mark_remove(struct db_connection *connection);

/* Returns in words why the database is not used, and what to do; NULL without a mark. */
const char *move_mark_explain(const struct move_mark *mark, char reason[MOVE_REASON_SIZE]);

/* Returns the same of the database of a connection; NULL also where it cannot be read. */
const char *move_mark_find_reason(struct db_connection *connection,
    char reason[MOVE_REASON_SIZE]);

#endif
