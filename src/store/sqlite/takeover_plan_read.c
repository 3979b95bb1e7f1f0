/* takeover_plan_read: reads what there is of another program's table users. */
#include "store/sqlite/takeover_plan_internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/escape.h"

enum { SHOWN_SIZE = 256 };	/* of a name, escaped */

/* Checks that there is a table of that name, and that it is one; *sql is owned, its text. */
static enum err
find_table(struct connection *c, const struct user_columns_named *named, char **sql, char **fault)
{
	static const char query[] = "SELECT type, sql, sql LIKE 'CREATE VIRTUAL %' "
		"FROM sqlite_schema WHERE type IN ('table', 'view') AND lower(name) = 'users'";
	sqlite3_stmt *row = NULL;	/* owned */
	char shown[SHOWN_SIZE];
	enum err err;

	if (named->table != NULL && strcasecmp(named->table, "users") != 0)
		return takeover_plan_refuse(fault, "its users are in %s, and in place they can "
		    "only be in a table called users",
		    escape_text(named->table, shown, sizeof(shown)));
	if ((err = connection_prepare(c, query, &row)) != ERR_OK)
		return err;
	if (sqlite3_step(row) != SQLITE_ROW)
		err = takeover_plan_refuse(fault, "there is no table called users");
	else if (strcmp((const char *)sqlite3_column_text(row, 0), "table") != 0 ||
	    sqlite3_column_int(row, 2) != 0)
		err = takeover_plan_refuse(fault, "users is not a table of its own, but shows "
		    "what is in others");
	else if ((*sql = strdup((const char *)sqlite3_column_text(row, 1))) == NULL)
		err = ERR_MEMORY;
	sqlite3_finalize(row);
	return err;
}

/*
 * Finds something of the application's that has the name by which our table is built. What has the
 * name of another table of ours is renamed later; see step.h.
 */
static enum err
check_name(struct connection *c, char **fault)
{
	static const char query[] = "SELECT count(*) FROM sqlite_schema "
		"WHERE lower(name) = 'users_taken_over'";
	int64_t count = 0;
	enum err err = connection_get_number(c, query, &count);

	if (err != ERR_OK || count == 0)
		return err;
	return takeover_plan_refuse(fault,
	    "something in it is called users_taken_over, and bearward needs that name");
}

/* Appends a column: its name, and whether it is generated as pragma_table_xinfo says. */
static enum err
add_column(struct connection *c, struct takeover_plan *plan, const char *name, int hidden)
{
	struct takeover_column *column;
	const char *collation = "BINARY";
	void *grown = realloc(plan->columns, (plan->count + 1) * sizeof(*plan->columns));

	if (grown == NULL)
		return ERR_MEMORY;
	plan->columns = grown;
	column = &plan->columns[plan->count++];
	*column = (struct takeover_column){
		.name = name != NULL ? strdup(name) : NULL,
		.is_generated = hidden != 0, .is_stored = hidden == 3,
	};
	if (column->name == NULL)
		return ERR_MEMORY;
	if (sqlite3_table_column_metadata(c->sqlite, "main", "users", name, NULL, &collation,
	    NULL, NULL, NULL) != SQLITE_OK)
		return connection_fail(c, "read the columns of users");
	return (column->collation = strdup(collation)) != NULL ? ERR_OK : ERR_MEMORY;
}

static enum err
read_columns(struct connection *c, struct takeover_plan *plan)
{
	static const char sql[] = "SELECT name, hidden FROM pragma_table_xinfo('users')";
	sqlite3_stmt *row = NULL;	/* owned */
	enum err err;

	if ((err = connection_prepare(c, sql, &row)) != ERR_OK)
		return err;
	while (err == ERR_OK && sqlite3_step(row) == SQLITE_ROW)
		err = add_column(c, plan, (const char *)sqlite3_column_text(row, 0),
		    sqlite3_column_int(row, 1));
	sqlite3_finalize(row);
	if (err != ERR_OK)
		return err;
	if ((plan->names = calloc(plan->count + 1, sizeof(*plan->names))) == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < plan->count; i++)
		plan->names[i] = plan->columns[i].name;
	return ERR_OK;
}

enum err
takeover_plan_read_table(struct connection *c, const struct user_columns_named *named,
    struct takeover_plan *plan, char **sql, char **fault)
{
	enum err err;

	if ((err = find_table(c, named, sql, fault)) != ERR_OK)
		return err;
	if ((err = check_name(c, fault)) != ERR_OK)
		return err;
	return read_columns(c, plan);
}

/* Appends an object; both texts are taken, and NULL where there was no memory for them. */
static enum err
add_object(struct takeover_plan *plan, char *name, char *sql, bool is_trigger)
{
	struct takeover_object *grown = NULL;

	if (name != NULL && sql != NULL)
		grown = realloc(plan->objects, (plan->objects_count + 1) * sizeof(*grown));
	if (grown == NULL) {
		sqlite3_free(name);
		sqlite3_free(sql);
		return ERR_MEMORY;
	}
	plan->objects = grown;
	grown[plan->objects_count++] = (struct takeover_object){ name, sql, is_trigger };
	return ERR_OK;
}

/* Indexes and triggers go with the old table, and are made again on the new one. */
static enum err
read_objects(struct connection *c, struct takeover_plan *plan)
{
	static const char sql[] = "SELECT name, sql, type = 'trigger' FROM sqlite_schema WHERE "
		"lower(tbl_name) = 'users' AND type IN ('index', 'trigger') AND sql IS NOT NULL "
		"ORDER BY type, rowid";
	sqlite3_stmt *row = NULL;	/* owned */
	enum err err;

	if ((err = connection_prepare(c, sql, &row)) != ERR_OK)
		return err;
	while (err == ERR_OK && sqlite3_step(row) == SQLITE_ROW)
		err = add_object(plan, sqlite3_mprintf("%s", sqlite3_column_text(row, 0)),
		    sqlite3_mprintf("%s", sqlite3_column_text(row, 1)),
		    sqlite3_column_int(row, 2) != 0);
	sqlite3_finalize(row);
	return err;
}

/* Adds the index that a constraint becomes; columns is taken. */
static enum err
add_unique(struct takeover_plan *plan, sqlite3_str *columns, int number)
{
	char *list = sqlite3_str_finish(columns);	/* owned */
	char *sql = list == NULL ? NULL : sqlite3_mprintf("CREATE UNIQUE INDEX users_unique_%d "
	    "ON users (%s)", number, list);

	sqlite3_free(list);
	return add_object(plan, sqlite3_mprintf("users_unique_%d", number), sql, false);
}

/* Foreign keys of other tables may refer to what is unique, and need an index for that. */
static enum err
read_unique(struct connection *c, struct takeover_plan *plan)
{
	static const char sql[] = "SELECT l.seq, x.name, x.coll "
		"FROM pragma_index_list('users') l, pragma_index_xinfo(l.name) x "
		"WHERE l.origin IN ('u', 'pk') AND x.key "
		"ORDER BY l.seq, x.seqno";
	sqlite3_stmt *row = NULL;	/* owned */
	sqlite3_str *columns = NULL;	/* owned; of the index that is being read */
	int seq = -1;
	enum err err;

	if ((err = connection_prepare(c, sql, &row)) != ERR_OK)
		return err;
	while (err == ERR_OK && sqlite3_step(row) == SQLITE_ROW) {
		int column = takeover_plan_find_column(plan,
		    (const char *)sqlite3_column_text(row, 1));
		const char *name = column < 0 ? "" : plan->columns[column].kept_as != NULL ?
		    plan->columns[column].kept_as : plan->columns[column].name;

		if (columns != NULL && sqlite3_column_int(row, 0) != seq) {
			err = add_unique(plan, columns, seq);
			columns = NULL;
		}
		seq = sqlite3_column_int(row, 0);
		if (columns == NULL)
			columns = sqlite3_str_new(NULL);
		sqlite3_str_appendf(columns, "%s\"%w\" COLLATE \"%w\"",
		    sqlite3_str_length(columns) > 0 ? ", " : "", name,
		    sqlite3_column_text(row, 2));
	}
	sqlite3_finalize(row);
	if (columns == NULL)
		return err;
	if (err == ERR_OK)
		return add_unique(plan, columns, seq);
	sqlite3_free(sqlite3_str_finish(columns));
	return err;
}

enum err
takeover_plan_read_objects(struct connection *c, struct takeover_plan *plan)
{
	enum err err = read_unique(c, plan);

	return err == ERR_OK ? read_objects(c, plan) : err;
}
