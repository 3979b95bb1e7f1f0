/* step: takes a step of the schema. */
#include "store/sqlite/step.h"

#include "store/sqlite/schema.h"

/* Finds a column of users; *is_fit: it is one in which text of ours can be written. */
static enum err
find_column(struct connection *c, const char *name, bool *is_there, bool *is_fit)
{
	char *sql = sqlite3_mprintf("SELECT 1 + (upper(type) IN ('TEXT', 'ANY')) "
	    "FROM pragma_table_xinfo('users') WHERE lower(name) = %Q", name);	/* owned */
	int64_t found = 0;
	enum err err = sql != NULL ? connection_get_number(c, sql, &found) : ERR_MEMORY;

	*is_there = found > 0;
	*is_fit = found > 1;
	sqlite3_free(sql);
	return err;
}

/* Runs a statement that was put together; sql is taken, NULL: there was no memory for it. */
static enum err
execute(struct connection *c, char *sql)
{
	enum err err = sql != NULL ? connection_execute(c, sql) : ERR_MEMORY;

	sqlite3_free(sql);
	return err;
}

static enum err
add_column(struct connection *c, const struct migration_column *column)
{
	bool is_there, is_fit;
	enum err err;

	if ((err = find_column(c, column->name, &is_there, &is_fit)) != ERR_OK)
		return err;
	if (is_fit && column->adopts)
		return ERR_OK;
	if (is_there && (err = execute(c, sqlite3_mprintf("ALTER TABLE users RENAME COLUMN "
	    "\"%w\" TO \"old_%w\"", column->name, column->name))) != ERR_OK)
		return err;
	return execute(c, sqlite3_mprintf("ALTER TABLE users ADD COLUMN %s %s", column->name,
	    column->definition));
}

enum err
step_take(struct connection *c, const struct migration *step)
{
	enum err err;

	for (int i = 0; i < MIGRATION_COLUMNS_MAX && step->columns[i].name != NULL; i++)
		if ((err = add_column(c, &step->columns[i])) != ERR_OK)
			return err;
	if ((err = connection_execute(c, step->sql.text)) != ERR_OK)
		return err;
	return schema_record(c, step);
}
