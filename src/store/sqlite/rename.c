/* rename: gives what belongs to an application another name. */
#include "store/sqlite/rename.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "store/sqlite/definition.h"
#include "store/sqlite/reason.h"

enum { SHOWN_SIZE = 256 };	/* of a name, escaped */

static const char find_object[] = "SELECT type, name, sql FROM sqlite_schema "
	"WHERE lower(name) = lower(?) AND type IN ('table', 'view', 'index')";
static const char find_column[] = "SELECT 'column', name, '' FROM pragma_table_xinfo('users') "
	"WHERE lower(name) = lower(?)";

/* What is to be renamed. */
struct target {
	char *type;		/* owned: table, view, index or column; NULL: there is none */
	char *name;		/* owned; as it is spelt */
	char *sql;		/* owned; the statement that made it */
	char *new_name;		/* owned */
};

static void
clear_target(struct target *target)
{
	free(target->type);
	free(target->name);
	free(target->sql);
	free(target->new_name);
}

/* Returns a copy of a text, which is empty for NULL, or NULL. */
static char *
copy_text(sqlite3_stmt *row, int column)
{
	const char *text = (const char *)sqlite3_column_text(row, column);	/* borrowed */

	return strdup(text != NULL ? text : "");
}

/* Runs a query for a name; *target stays as it is where there is none. */
static enum err
find(struct connection *c, const char *query, const char *name, struct target *target)
{
	sqlite3_stmt *row = NULL;	/* owned */
	enum err err;

	if ((err = connection_prepare(c, query, &row)) != ERR_OK)
		return err;
	if (sqlite3_bind_text(row, 1, name, -1, SQLITE_STATIC) != SQLITE_OK)
		err = ERR_MEMORY;
	if (err == ERR_OK && sqlite3_step(row) == SQLITE_ROW) {
		target->type = copy_text(row, 0);
		target->name = copy_text(row, 1);
		target->sql = copy_text(row, 2);
		if (target->type == NULL || target->name == NULL || target->sql == NULL)
			err = ERR_MEMORY;
	}
	if (sqlite3_finalize(row) != SQLITE_OK && err == ERR_OK)
		err = connection_fail(c, "find a name");
	return err;
}

/* Finds a name that nothing has. */
static enum err
choose_name(struct connection *c, const char *query, struct target *target)
{
	struct target other = {0};
	const char *taken = target->name;
	enum err err;

	do {
		char *longer = NULL;

		clear_target(&other);
		other = (struct target){0};
		if (asprintf(&longer, "old_%s", taken) < 0)
			return ERR_MEMORY;
		free(target->new_name);
		taken = target->new_name = longer;
		err = find(c, query, target->new_name, &other);
	} while (err == ERR_OK && other.type != NULL);
	clear_target(&other);
	return err;
}

/* Refuses for a reason of SQLite's, or of ours. */
static enum err
refuse(struct connection *c, const struct target *target, const char *reason)
{
	char shown[SHOWN_SIZE], attempt[sizeof(shown) + 64];

	snprintf(attempt, sizeof(attempt), "%s %s cannot be renamed, and bearward needs that name",
	    target->type, escape_text(target->name, shown, sizeof(shown)));
	connection_complain(c, attempt, reason);
	return ERR_SETUP;
}

static enum err
refuse_for_sqlite(struct connection *c, const struct target *target)
{
	char shown[REASON_SIZE];

	return sqlite3_errcode(c->sqlite) == SQLITE_NOMEM ? ERR_MEMORY :
	    refuse(c, target, reason_show(sqlite3_errmsg(c->sqlite), shown));
}

/* Runs a statement that was put together; sql is taken, NULL: there was no memory for it. */
static enum err
execute(struct connection *c, const struct target *target, char *sql)
{
	enum err err = sql == NULL ? ERR_MEMORY :
	    sqlite3_exec(c->sqlite, sql, NULL, NULL, NULL) == SQLITE_OK ? ERR_OK :
	    refuse_for_sqlite(c, target);

	sqlite3_free(sql);
	return err;
}

static enum err
set(struct connection *c, int option, int value)
{
	return sqlite3_db_config(c->sqlite, option, value, NULL) == SQLITE_OK ? ERR_OK :
	    connection_fail(c, "set up the connection");
}

static char *
alter_table(const struct target *target)
{
	return sqlite3_mprintf("ALTER TABLE \"%w\" RENAME TO \"%w\"", target->name,
	    target->new_name);
}

/* Returns how many views and triggers may be about it. */
static enum err
count_mentions(struct connection *c, const struct target *target, int64_t *count)
{
	char *sql = sqlite3_mprintf("SELECT count(*) FROM sqlite_schema WHERE "
	    "type IN ('view', 'trigger') AND instr(lower(sql), lower(%Q)) > 0",
	    target->name);	/* owned */
	enum err err = sql != NULL ? connection_get_number(c, sql, count) : ERR_MEMORY;

	sqlite3_free(sql);
	return err;
}

/*
 * Renames a table as SQLite did formerly: in foreign keys, indexes and triggers of its own, and
 * without a look at any view.
 */
static enum err
rename_without_views(struct connection *c, const struct target *target)
{
	enum err err = set(c, SQLITE_DBCONFIG_ENABLE_FKEY, 1), undone;

	if (err == ERR_OK)
		err = execute(c, target, alter_table(target));
	undone = set(c, SQLITE_DBCONFIG_ENABLE_FKEY, 0);
	return err == ERR_OK ? undone : err;
}

/* A view that is broken keeps SQLite from renaming a table, also one that it is not about. */
static enum err
rename_table(struct connection *c, const struct target *target)
{
	char *sql = alter_table(target);	/* owned */
	char reason[REASON_SIZE];
	int64_t mentions = 0;
	enum err err;
	int rc;

	if (sql == NULL)
		return ERR_MEMORY;
	if ((err = set(c, SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, 0)) != ERR_OK)
		goto out;
	if ((rc = sqlite3_exec(c->sqlite, sql, NULL, NULL, NULL)) != SQLITE_OK)
		reason_show(sqlite3_errmsg(c->sqlite), reason);
	if ((err = set(c, SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, 1)) != ERR_OK || rc == SQLITE_OK)
		goto out;
	if ((err = count_mentions(c, target, &mentions)) != ERR_OK)
		goto out;
	err = mentions > 0 ? refuse(c, target, reason) : rename_without_views(c, target);
out:
	sqlite3_free(sql);
	return err;
}

/* Makes a view or index again by its new name. */
static enum err
make_again(struct connection *c, const struct target *target)
{
	char *sql = NULL;	/* owned */
	enum err err = definition_rename(target->sql, target->new_name, &sql);

	if (err == ERR_OK)
		err = execute(c, target, sqlite3_mprintf("%s", sql));
	free(sql);
	return err;
}

static enum err
rename_index(struct connection *c, const struct target *target)
{
	enum err err = execute(c, target, sqlite3_mprintf("DROP INDEX \"%w\"", target->name));

	return err == ERR_OK ? make_again(c, target) : err;
}

/* Names the columns of a view, for a CREATE TABLE; *columns is owned: sqlite3_free(). */
static enum err
find_view_columns(struct connection *c, const struct target *target, char **columns)
{
	char *sql = sqlite3_mprintf("SELECT group_concat('\"' || replace(name, '\"', '\"\"') || "
	    "'\"'), (SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND "
	    "lower(tbl_name) = lower(%Q)) FROM pragma_table_info(%Q)", target->name,
	    target->name);		/* owned */
	sqlite3_stmt *row = NULL;	/* owned */
	enum err err = ERR_OK;

	if (sql == NULL)
		return ERR_MEMORY;
	if (sqlite3_prepare_v2(c->sqlite, sql, -1, &row, NULL) != SQLITE_OK ||
	    sqlite3_step(row) != SQLITE_ROW)
		err = refuse_for_sqlite(c, target);
	else if (sqlite3_column_int(row, 1) > 0)
		err = refuse(c, target, "it has a trigger: drop that, and the view");
	else if ((*columns = sqlite3_mprintf("%s", sqlite3_column_text(row, 0))) == NULL)
		err = ERR_MEMORY;
	sqlite3_finalize(row);
	sqlite3_free(sql);
	return err;
}

/* SQLite renames no view, but a table that stands in its place, in all that is about it. */
static enum err
rename_view(struct connection *c, const struct target *target)
{
	char *columns = NULL;	/* owned */
	enum err err;

	if ((err = find_view_columns(c, target, &columns)) != ERR_OK)
		return err;
	err = execute(c, target, sqlite3_mprintf("DROP VIEW \"%w\"; CREATE TABLE \"%w\" (%s)",
	    target->name, target->name, columns));
	sqlite3_free(columns);
	if (err == ERR_OK)
		err = rename_table(c, target);
	if (err == ERR_OK)
		err = execute(c, target, sqlite3_mprintf("DROP TABLE \"%w\"", target->new_name));
	return err == ERR_OK ? make_again(c, target) : err;
}

static enum err
rename_users_column(struct connection *c, const struct target *target)
{
	return execute(c, target, sqlite3_mprintf("ALTER TABLE users RENAME COLUMN \"%w\" TO "
	    "\"%w\"", target->name, target->new_name));
}

/* How to rename what is of a type, as find_object and find_column say it. */
static const struct {
	const char *type;
	enum err (*rename)(struct connection *c, const struct target *target);
} kinds[] = {
	{ "table", rename_table },
	{ "view", rename_view },
	{ "index", rename_index },
	{ "column", rename_users_column },
};

static enum err
rename_target(struct connection *c, const struct target *target)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].type, target->type) == 0)
			return kinds[i].rename(c, target);
	return ERR_OK;
}

/* Renames what a query finds by its name, to a name by which it finds nothing. */
static enum err
rename_found(struct connection *c, const char *query, const char *name, FILE *remarks)
{
	char old[SHOWN_SIZE], new[SHOWN_SIZE];
	struct target target = {0};
	enum err err;

	if ((err = find(c, query, name, &target)) != ERR_OK || target.type == NULL)
		goto out;
	if ((err = choose_name(c, query, &target)) != ERR_OK)
		goto out;
	if ((err = rename_target(c, &target)) != ERR_OK)
		goto out;
	fprintf(remarks, "%s %s is called %s from now on\n", target.type,
	    escape_text(target.name, old, sizeof(old)),
	    escape_text(target.new_name, new, sizeof(new)));
out:
	clear_target(&target);
	return err;
}

enum err
rename_object(struct connection *c, const char *name, FILE *remarks)
{
	return rename_found(c, find_object, name, remarks);
}

enum err
rename_column(struct connection *c, const char *name, FILE *remarks)
{
	return rename_found(c, find_column, name, remarks);
}
