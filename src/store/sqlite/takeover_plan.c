/* takeover_plan: what becomes of each column, index and trigger of another program's users. */
#include "store/sqlite/takeover_plan.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/escape.h"
#include "store/migrate.h"
#include "store/sqlite/cell.h"
#include "store/sqlite/definition.h"
#include "store/sqlite/takeover_plan_internal.h"

enum { SHOWN_SIZE = 256 };	/* of a name, escaped */

static const char *const ours[] = {
	"id", "username", "username_key", "hashed_password", "is_active", "scope", "created_at",
};

/* What says the same as one of ours, by whatever name, as long as ours goes by its own. */
static const struct {
	enum user_role role;
	const char *our_name;		/* NULL: none of ours says it in this form */
	const char *mirrors;
} mirrored[] = {
	{ USER_ROLE_ID, "id", "id" },
	{ USER_ROLE_USERNAME, "username", "username" },
	{ USER_ROLE_PASSWORD, "hashed_password", "hashed_password" },
	{ USER_ROLE_ACTIVE, "is_active", "is_active" },
	{ USER_ROLE_DISABLED, NULL, "1 - is_active" },
};

enum err
takeover_plan_refuse(char **fault, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (vasprintf(fault, format, args) < 0)
		*fault = NULL;
	va_end(args);
	return *fault != NULL ? ERR_REFUSED : ERR_MEMORY;
}

static bool
is_ours(const char *name)
{
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (strcasecmp(ours[i], name) == 0)
			return true;
	return false;
}

int
takeover_plan_find_column(const struct takeover_plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->count; i++)
		if (strcasecmp(plan->columns[i].name, name) == 0)
			return (int)i;
	return -1;
}

static enum err
find_roles(struct connection *c, const struct user_columns_named *named,
    struct takeover_plan *plan, char **fault)
{
	char reason[USER_COLUMNS_FAULT_SIZE], shown[SHOWN_SIZE];
	int64_t is_not_number = 0;
	int id;
	enum err err = user_columns_find(plan->names, plan->count, named, &plan->roles, reason);

	if (err == ERR_REFUSED)
		return takeover_plan_refuse(fault, "table users: %s", reason);
	if (err != ERR_OK)
		return err;
	/* What an application calls groups, or verified, stays its own. */
	plan->roles.of[USER_ROLE_GROUPS] = plan->roles.of[USER_ROLE_EMAIL_VERIFIED] = -1;
	id = plan->roles.of[USER_ROLE_ID];
	if (id < 0)
		return takeover_plan_refuse(fault, "table users has no column id");
	if (strcasecmp(plan->names[id], "id") != 0)
		return takeover_plan_refuse(fault, "table users has no column id, but %s",
		    escape_text(plan->names[id], shown, sizeof(shown)));
	if ((err = connection_get_number(c, "SELECT 1 FROM users WHERE typeof(id) <> 'integer' "
	    "LIMIT 1", &is_not_number)) != ERR_OK)
		return err;
	if (is_not_number)
		return takeover_plan_refuse(fault,
		    "the ids of table users are not all whole numbers");
	return ERR_OK;
}

/*
 * Refuses a column created_at in which the application keeps dates. In that of ours are numbers,
 * which it could not read.
 */
static enum err
check_created_at(struct connection *c, char **fault)
{
	static const char sql[] = "SELECT 1 FROM pragma_table_xinfo('users') "
		"WHERE lower(name) = 'created_at' AND (type LIKE '%DATE%' OR type LIKE '%TIME%' "
		"OR type LIKE '%CHAR%' OR type LIKE '%TEXT%')";
	int64_t has_dates = 0;
	enum err err = connection_get_number(c, sql, &has_dates);

	if (err != ERR_OK || !has_dates)
		return err;
	return takeover_plan_refuse(fault, "table users has dates in a column created_at, and "
	    "bearward keeps numbers in its own of that name, which the application could not "
	    "read");
}

/* Returns what of ours the column says, though by another name; NULL: nothing. */
static const char *
find_mirrored(const struct takeover_plan *plan, int column)
{
	/* It stays the address, also where that is the name. */
	if (plan->roles.of[USER_ROLE_EMAIL] == column)
		return NULL;
	for (size_t i = 0; i < sizeof(mirrored) / sizeof(mirrored[0]); i++)
		if (plan->roles.of[mirrored[i].role] == column)
			return mirrored[i].mirrors;
	return NULL;
}

/* Returns whether ours takes the place of the column, and says the same. */
static bool
is_replaced(const struct takeover_plan *plan, int column)
{
	for (size_t i = 0; i < sizeof(mirrored) / sizeof(mirrored[0]); i++)
		if (plan->roles.of[mirrored[i].role] == column && mirrored[i].our_name != NULL &&
		    strcasecmp(plan->names[column], mirrored[i].our_name) == 0)
			return true;
	return false;
}

/* Finds the name that a column has from now on. */
static enum err
name_kept(const struct takeover_plan *plan, struct takeover_column *column)
{
	char *name = strdup(column->name);	/* owned until it is given away */

	if (name != NULL && is_ours(name))
		do {
			char *longer = NULL;

			if (asprintf(&longer, "old_%s", name) < 0)
				longer = NULL;
			free(name);
			name = longer;
		} while (name != NULL && takeover_plan_find_column(plan, name) >= 0);
	column->kept_as = name;
	return name != NULL ? ERR_OK : ERR_MEMORY;
}

static bool
is_renamed(const struct takeover_column *column)
{
	return column->kept_as != NULL && strcmp(column->kept_as, column->name) != 0;
}

/* Columns that we write to cannot be generated. */
static bool
may_stay_generated(const struct takeover_column *column)
{
	return column->is_generated && column->kept_as != NULL && column->mirrors == NULL &&
	    strcasecmp(column->kept_as, "email") != 0 &&
	    strcasecmp(column->kept_as, "display_name") != 0;
}

/* Gives up an expression that is about a column which says something else from now on. */
static void
drop_changed_expression(const struct takeover_plan *plan, struct takeover_column *column)
{
	for (size_t i = 0; i < plan->count && column->expression != NULL; i++)
		if (is_renamed(&plan->columns[i]) &&
		    strcasestr(column->expression, plan->columns[i].name) != NULL) {
			free(column->expression);
			column->expression = NULL;
		}
}

static bool
lacks(const struct takeover_plan *plan, enum user_role role, const char *our_name)
{
	return plan->roles.of[role] >= 0 && takeover_plan_find_column(plan, our_name) < 0;
}

static enum err
plan_columns(struct takeover_plan *plan, const char *table_sql)
{
	enum err err;

	for (int i = 0; i < (int)plan->count; i++) {
		struct takeover_column *column = &plan->columns[i];

		if (is_replaced(plan, i))
			continue;
		column->mirrors = find_mirrored(plan, i);
		if ((err = name_kept(plan, column)) != ERR_OK)
			return err;
		if (may_stay_generated(column) && (err = definition_find_expression(table_sql,
		    column->name, &column->expression)) != ERR_OK)
			return err;
	}
	for (size_t i = 0; i < plan->count; i++)
		drop_changed_expression(plan, &plan->columns[i]);
	plan->adds_email = lacks(plan, USER_ROLE_EMAIL, "email");
	plan->adds_display_name = lacks(plan, USER_ROLE_DISPLAY_NAME, "display_name");
	return ERR_OK;
}

bool
takeover_plan_copies(const struct takeover_column *column)
{
	return column->kept_as != NULL && column->mirrors == NULL && column->expression == NULL;
}

static void
append_definition(sqlite3_str *sql, const struct takeover_column *column)
{
	if (column->kept_as == NULL)
		return;
	sqlite3_str_appendf(sql, ", \"%w\" ANY", column->kept_as);
	if (column->mirrors != NULL)
		sqlite3_str_appendf(sql, " AS (%s)", column->mirrors);
	else
		sqlite3_str_appendf(sql, " COLLATE \"%w\"", column->collation);
	/* With a line feed, since a comment may be at its end. */
	if (column->expression != NULL)
		sqlite3_str_appendf(sql, " AS (%s\n) %s", column->expression,
		    column->is_stored ? "STORED" : "VIRTUAL");
}

static enum err
write_scripts(struct takeover_plan *plan)
{
	sqlite3_str *create = sqlite3_str_new(NULL), *select = sqlite3_str_new(NULL);
	sqlite3_str *insert = sqlite3_str_new(NULL), *marks = sqlite3_str_new(NULL);
	char *marks_text;	/* owned */

	sqlite3_str_appendf(create, "CREATE TABLE users_taken_over (" MIGRATE_USERS_COLUMNS
	    "%s%s", plan->adds_email ? ", email TEXT" : "",
	    plan->adds_display_name ? ", display_name TEXT" : "");
	cell_append_select(select, plan->names, &plan->roles);
	sqlite3_str_appendf(insert, "INSERT INTO users_taken_over (id, username, username_key, "
	    "hashed_password, is_active, scope, created_at%s%s", plan->adds_email ? ", email" : "",
	    plan->adds_display_name ? ", display_name" : "");
	sqlite3_str_appendf(marks, "?, ?, ?, ?, ?, ?, ?%s%s", plan->adds_email ? ", ?" : "",
	    plan->adds_display_name ? ", ?" : "");
	for (size_t i = 0; i < plan->count; i++) {
		append_definition(create, &plan->columns[i]);
		if (!takeover_plan_copies(&plan->columns[i]))
			continue;
		sqlite3_str_appendf(select, ", t.\"%w\"", plan->columns[i].name);
		sqlite3_str_appendf(insert, ", \"%w\"", plan->columns[i].kept_as);
		sqlite3_str_appendall(marks, ", ?");
	}
	sqlite3_str_appendall(create, ") STRICT");
	sqlite3_str_appendall(select, " FROM users AS t ORDER BY t.id");
	marks_text = sqlite3_str_finish(marks);
	sqlite3_str_appendf(insert, ") VALUES (%s)", marks_text);
	sqlite3_free(marks_text);
	sqlite3_free(plan->create);
	sqlite3_free(plan->select);
	sqlite3_free(plan->insert);
	plan->create = sqlite3_str_finish(create);
	plan->select = sqlite3_str_finish(select);
	plan->insert = sqlite3_str_finish(insert);
	return marks_text != NULL && plan->create != NULL && plan->select != NULL &&
	    plan->insert != NULL ? ERR_OK : ERR_MEMORY;
}

enum err
takeover_plan_without_generated(struct takeover_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		free(plan->columns[i].expression);
		plan->columns[i].expression = NULL;
	}
	return write_scripts(plan);
}

enum err
takeover_plan_make(struct connection *c, const struct user_columns_named *named,
    struct takeover_plan *plan, char **fault)
{
	char *table_sql = NULL;		/* owned */
	enum err err;

	*plan = (struct takeover_plan){0};
	*fault = NULL;
	if ((err = takeover_plan_read_table(c, named, plan, &table_sql, fault)) != ERR_OK)
		goto out;
	if ((err = find_roles(c, named, plan, fault)) != ERR_OK)
		goto out;
	if ((err = check_created_at(c, fault)) != ERR_OK)
		goto out;
	if ((err = plan_columns(plan, table_sql)) != ERR_OK)
		goto out;
	if ((err = takeover_plan_read_objects(c, plan)) != ERR_OK)
		goto out;
	err = write_scripts(plan);
out:
	free(table_sql);
	return err;
}

void
takeover_plan_print(const struct takeover_plan *plan, FILE *out)
{
	char old[SHOWN_SIZE], new[SHOWN_SIZE];

	for (size_t i = 0; i < plan->count; i++) {
		const struct takeover_column *column = &plan->columns[i];

		escape_text(column->name, old, sizeof(old));
		if (is_renamed(column))
			fprintf(out, "column %s is called %s from now on\n", old,
			    escape_text(column->kept_as, new, sizeof(new)));
		if (column->mirrors != NULL)
			fprintf(out, "column %s is %s from now on: it can be read, and not "
			    "written\n", old, column->mirrors);
		else if (column->is_generated && column->expression == NULL)
			fprintf(out, "column %s is not generated any more; it keeps its values\n",
			    old);
	}
}

void
takeover_plan_clear(struct takeover_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		free(plan->columns[i].name);
		free(plan->columns[i].collation);
		free(plan->columns[i].expression);
		free(plan->columns[i].kept_as);
	}
	for (size_t i = 0; i < plan->objects_count; i++) {
		sqlite3_free(plan->objects[i].name);
		sqlite3_free(plan->objects[i].sql);
	}
	free(plan->columns);
	free(plan->names);
	free(plan->objects);
	sqlite3_free(plan->create);
	sqlite3_free(plan->select);
	sqlite3_free(plan->insert);
	*plan = (struct takeover_plan){0};
}
