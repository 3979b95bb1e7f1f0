/*
 * move_table: the tables of a database and their columns, and the statements by which a move reads
 * and writes them. For the files of `store` alone.
 *
 * What only one engine has (attempts, hosts, what a commit in doubt is settled by) is not in it:
 * nothing of that outlives the process or the minutes that it is about.
 */
#ifndef BEARWARD_STORE_MOVE_TABLE_H
#define BEARWARD_STORE_MOVE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "store/db.h"

enum move_kind { MOVE_NUMBER, MOVE_BOOL, MOVE_TEXT, MOVE_BYTES };

struct move_column {
	const char *name;		/* NULL: the end of the list */
	enum move_kind kind;
	const char *postgresql;		/* its name there, where it is another one */
};

enum { MOVE_COLUMNS_MAX = 22, MOVE_KEYS_MAX = 2 };

struct move_table {
	const char *name;
	struct move_column columns[MOVE_COLUMNS_MAX];
	int keys;			/* so many of the first columns are the key */
	bool is_numbered;		/* the key is an id that is given once */
	const char *owned;		/* what is so of a row whose user is there, which
					 * SQLite does not enforce if another program writes;
					 * NULL: it belongs to nobody */
};

enum { MOVE_TABLES = 10 };

/* All tables, each behind those that it refers to; users are the first. */
extern const struct move_table move_tables[MOVE_TABLES];

/* The statements about one table. */
struct move_statements {
	const struct move_table *table;
	struct db_sql count;		/* the rows that are moved */
	struct db_sql strays;		/* and those that are not; no text: there are none */
	struct db_sql first;		/* $1 of them, by their key */
	struct db_sql next;		/* likewise, behind the key $1 (and $2) */
	struct db_sql insert;		/* SQLite: one row, a value for each column. PostgreSQL:
					 * many, a text for each column: the literal of an array */
	struct db_sql remove;		/* all rows */
	struct db_sql highest;		/* the highest id that was ever given */
	struct db_sql prepare_reserve, reserve;		/* give no id up to $1 any more; in SQLite
							 * not of a table that is not numbered */
	char *texts[18];		/* owned */
	size_t count_of_texts;
};

/* Makes the statements; move_table_clear() frees them, once no connection is left. ERR_MEMORY. */
ERR_CHECKED enum err move_table_prepare(const struct move_table *table,
    struct move_statements *statements);
void move_table_clear(struct move_statements *statements);

/* Returns the number of columns. */
int move_table_width(const struct move_table *table);

#endif
