/* step: takes a step of the schema. */
#include "store/sqlite/step.h"

#include "store/sqlite/rename.h"
#include "store/sqlite/schema.h"

/* Returns whether there is a column of users in which text of ours can be written. */
static enum err
find_fit_column(struct connection *c, const char *name, int64_t *is_there)
{
	char *sql = sqlite3_mprintf("SELECT count(*) FROM pragma_table_xinfo('users') "
	    "WHERE lower(name) = %Q AND upper(type) IN ('TEXT', 'ANY')", name);	/* owned */
	enum err err = sql != NULL ? connection_get_number(c, sql, is_there) : ERR_MEMORY;

	sqlite3_free(sql);
	return err;
}

static enum err
add_column(struct connection *c, const struct migration_column *column, FILE *remarks)
{
	int64_t is_there = 0;
	char *sql;	/* owned */
	enum err err;

	if (column->adopts) {
		err = find_fit_column(c, column->name, &is_there);
		if (err != ERR_OK || is_there)
			return err;
	}
	if ((err = rename_column(c, column->name, remarks)) != ERR_OK)
		return err;
	sql = sqlite3_mprintf("ALTER TABLE users ADD COLUMN %s %s", column->name,
	    column->definition);
	err = sql != NULL ? connection_execute(c, sql) : ERR_MEMORY;
	sqlite3_free(sql);
	return err;
}

enum err
step_take(struct connection *c, const struct migration *step, FILE *remarks)
{
	enum err err;

	for (int i = 0; i < MIGRATION_COLUMNS_MAX && step->columns[i].name != NULL; i++)
		if ((err = add_column(c, &step->columns[i], remarks)) != ERR_OK)
			return err;
	for (const char *const *name = step->makes; name != NULL && *name != NULL; name++)
		if ((err = rename_object(c, *name, remarks)) != ERR_OK)
			return err;
	if ((err = connection_execute(c, step->sql.text)) != ERR_OK)
		return err;
	return schema_record(c, step);
}
