/* foreign_table: finds the users among the tables and views of another program's database. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/escape.h"
#include "store/sqlite/foreign_internal.h"

enum { SHOWN_SIZE = 256 };	/* of a name, escaped */

/* What tables of users are called, the most usual name first. */
static const char *const usual[] = {
	"users", "user", "myuser", "accounts", "account", "auth_user", "app_user", "app_users",
	"members", "member",
};
enum { USUAL = sizeof(usual) / sizeof(usual[0]) };

/* What the search has come to. */
struct search {
	struct foreign *foreign;		/* borrowed */
	const struct user_columns_named *named;	/* borrowed */
	FILE *report;				/* borrowed */
	struct foreign_table best;		/* owned */
	struct user_columns columns;		/* of it */
	int rank;				/* of it; lower is better */
	int equals;				/* that have its rank */
	int fitting;				/* tables with columns for a name and a password */
	char fault[USER_COLUMNS_FAULT_SIZE];	/* of the table with the most usual name */
	char *fault_of;				/* owned; its name; NULL: there is none */
	int fault_rank;
};

void
foreign_clear_table(struct foreign_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->columns[i]);
	free(table->columns);
	free(table->name);
	*table = (struct foreign_table){0};
}

/* Appends a copy of the name. */
static enum err
add_column(struct foreign_table *table, const char *name)
{
	char **columns = realloc(table->columns, (table->count + 1) * sizeof(*columns));

	if (columns == NULL)
		return ERR_MEMORY;
	table->columns = columns;
	if (name == NULL || (columns[table->count] = strdup(name)) == NULL)
		return ERR_MEMORY;
	table->count++;
	return ERR_OK;
}

/* Reads the columns of a table; one that cannot be read, as a broken view, has none. */
static enum err
read_table(struct search *s, const char *name, bool is_view, struct foreign_table *table)
{
	static const char sql[] = "SELECT name FROM pragma_table_xinfo($1) WHERE hidden <> 1";
	sqlite3_stmt *columns = NULL;	/* owned */
	enum err err;

	*table = (struct foreign_table){ .name = strdup(name), .is_view = is_view };
	if (table->name == NULL)
		return ERR_MEMORY;
	if ((err = foreign_prepare(s->foreign, sql, &columns, s->report)) != ERR_OK)
		return err;
	(void)sqlite3_bind_text(columns, 1, table->name, -1, SQLITE_STATIC);
	while (err == ERR_OK && sqlite3_step(columns) == SQLITE_ROW)
		err = add_column(table, (const char *)sqlite3_column_text(columns, 0));
	sqlite3_finalize(columns);
	return err;
}

/* Lower is better: the usual names in their order, then tables, then views. */
static int
rank(const struct foreign_table *table)
{
	int rank = 0;

	while (rank < USUAL && strcasecmp(usual[rank], table->name) != 0)
		rank++;
	return rank + (rank == USUAL && table->is_view);
}

/* Keeps the fault of the table that most looks like the one of users by its name. */
static enum err
keep_fault(struct search *s, const struct foreign_table *table,
    const char fault[USER_COLUMNS_FAULT_SIZE])
{
	int fault_rank = rank(table);

	if (s->named->table == NULL &&
	    (fault_rank >= USUAL || (s->fault_of != NULL && fault_rank > s->fault_rank)))
		return ERR_OK;
	free(s->fault_of);
	s->fault_rank = fault_rank;
	strcpy(s->fault, table->count > 0 ? fault : "it cannot be read");
	return (s->fault_of = strdup(table->name)) != NULL ? ERR_OK : ERR_MEMORY;
}

/* Keeps the table when it is the best so far, and takes it then. */
static void
keep_best(struct search *s, struct foreign_table *table, const struct user_columns *columns)
{
	int this = rank(table);

	if (s->best.name != NULL && this >= s->rank) {
		s->equals += this == s->rank;
		return;
	}
	foreign_clear_table(&s->best);
	s->best = *table;
	s->columns = *columns;
	s->rank = this;
	s->equals = 1;
	*table = (struct foreign_table){0};
}

static enum err
consider(struct search *s, const char *name, bool is_view)
{
	struct foreign_table table;	/* owned until it is taken */
	struct user_columns columns;
	char fault[USER_COLUMNS_FAULT_SIZE];
	enum err err = read_table(s, name, is_view, &table);

	if (err == ERR_OK) {
		err = user_columns_find((const char *const *)table.columns, table.count, s->named,
		    &columns, fault);
		s->fitting += err == ERR_OK && !is_view;
		if (err == ERR_OK)
			keep_best(s, &table, &columns);
		else if (err == ERR_REFUSED)
			err = keep_fault(s, &table, fault);
	}
	foreign_clear_table(&table);
	return err;
}

/*
 * Calls visit for each table and view, without those of SQLite itself and virtual ones: what these
 * hold is in other tables.
 */
static enum err
visit_tables(struct search *s, enum err (*visit)(struct search *s, const char *name, bool is_view))
{
	static const char sql[] = "SELECT name, type = 'view' FROM sqlite_schema "
		"WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite^_%' ESCAPE '^' "
		"AND sql NOT LIKE 'CREATE VIRTUAL %' ORDER BY rowid";
	sqlite3_stmt *tables = NULL;	/* owned */
	enum err err;
	int rc;

	if ((err = foreign_prepare(s->foreign, sql, &tables, s->report)) != ERR_OK)
		return err;
	while (err == ERR_OK && (rc = sqlite3_step(tables)) != SQLITE_DONE)
		err = rc == SQLITE_ROW ? visit(s, (const char *)sqlite3_column_text(tables, 0),
		    sqlite3_column_int(tables, 1) != 0) : foreign_fail(s->foreign, s->report);
	sqlite3_finalize(tables);
	return err;
}

static enum err
visit_one(struct search *s, const char *name, bool is_view)
{
	if (name == NULL)
		return ERR_MEMORY;
	if (s->named->table != NULL && strcasecmp(name, s->named->table) != 0)
		return ERR_OK;
	return consider(s, name, is_view);
}

static void
print_name(struct search *s, const char *name)
{
	char shown[SHOWN_SIZE];

	fprintf(s->report, "%s%s", s->equals++ == 0 ? "" : ", ",
	    escape_text(name, shown, sizeof(shown)));
}

static enum err
print_any(struct search *s, const char *name, bool is_view)
{
	(void)is_view;
	print_name(s, name);
	return ERR_OK;
}

/* Tells whether a table or view has the columns of users, and which rank. */
static enum err
find_rank(struct search *s, const char *name, bool is_view, bool *fits, int *its_rank)
{
	struct foreign_table table;	/* owned */
	struct user_columns columns;
	char fault[USER_COLUMNS_FAULT_SIZE];
	enum err err = read_table(s, name, is_view, &table);

	*fits = err == ERR_OK && user_columns_find((const char *const *)table.columns, table.count,
	    s->named, &columns, fault) == ERR_OK;
	*its_rank = err == ERR_OK ? rank(&table) : 0;
	foreign_clear_table(&table);
	return err;
}

/* Prints those that fit as well as the best. */
static enum err
print_equal(struct search *s, const char *name, bool is_view)
{
	bool fits;
	int its_rank;
	enum err err = find_rank(s, name, is_view, &fits, &its_rank);

	if (fits && its_rank == s->rank)
		print_name(s, name);
	return err;
}

/* Prints the tables that fit, but not as well as the best. */
static enum err
print_further(struct search *s, const char *name, bool is_view)
{
	bool fits;
	int its_rank;
	enum err err = find_rank(s, name, is_view, &fits, &its_rank);

	if (fits && its_rank != s->rank && !is_view)
		print_name(s, name);
	return err;
}

/* Ends a sentence with a list of tables and views. */
static enum err
refuse_with_list(struct search *s, enum err (*print)(struct search *s, const char *name,
    bool is_view))
{
	enum err err;

	s->equals = 0;
	err = visit_tables(s, print);
	fputs(s->equals == 0 ? "none)\n" : ")\n", s->report);
	return err == ERR_OK ? ERR_SETUP : err;
}

static enum err
refuse(struct search *s)
{
	const char *path = s->foreign->files.path;
	char shown[SHOWN_SIZE];

	if (s->best.name != NULL) {
		fprintf(s->report, "%s: several tables could be the one of users; say which with "
		    "--table (there are: ", path);
		return refuse_with_list(s, print_equal);
	}
	if (s->fault_of != NULL) {
		fprintf(s->report, "%s: table %s: %s\n", path,
		    escape_text(s->fault_of, shown, sizeof(shown)), s->fault);
		return ERR_SETUP;
	}
	if (s->named->table != NULL)
		fprintf(s->report, "%s: there is no table \"%s\" (there are: ", path,
		    escape_text(s->named->table, shown, sizeof(shown)));
	else
		fprintf(s->report, "%s: no table has a column for the name and one for the "
		    "password; name them with --table, --username-column and --password-column "
		    "(there are: ", path);
	return refuse_with_list(s, print_any);
}

/* Whoever has administrators in a table of their own should not miss them later. */
static enum err
tell_of_further(struct search *s)
{
	enum err err;

	/* What a view shows is in such a table. */
	if (s->named->table != NULL || s->best.is_view || s->fitting < 2)
		return ERR_OK;
	fprintf(s->report, "%s: other tables could be of users, too; import them with --table: ",
	    s->foreign->files.path);
	s->equals = 0;
	err = visit_tables(s, print_further);
	putc('\n', s->report);
	return err;
}

enum err
foreign_find_users(struct foreign *foreign, const struct user_columns_named *named,
    struct user_columns *columns, FILE *report)
{
	struct search s = { .foreign = foreign, .named = named, .report = report };
	enum err err = visit_tables(&s, visit_one);

	foreign_clear_table(&foreign->table);
	if (err == ERR_OK && (s.best.name == NULL || s.equals > 1))
		err = refuse(&s);
	if (err == ERR_OK)
		err = tell_of_further(&s);
	if (err == ERR_OK) {
		foreign->table = s.best;
		foreign->columns = *columns = s.columns;
		s.best = (struct foreign_table){0};
	}
	foreign_clear_table(&s.best);
	free(s.fault_of);
	return err;
}

const char *const *
foreign_names(const struct foreign *foreign)
{
	return (const char *const *)foreign->table.columns;
}

void
foreign_print_table(const struct foreign *foreign, FILE *out)
{
	char shown[SHOWN_SIZE];

	fprintf(out, "%s %s", foreign->table.is_view ? "view" : "table",
	    escape_text(foreign->table.name, shown, sizeof(shown)));
}
