/* takeover: makes a database of another program, with a table users, one of ours, in place. */
#include "store/sqlite/takeover.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/escape.h"
#include "store/sqlite/copy.h"
#include "store/sqlite/reason.h"

enum { SHOWN_SIZE = 256 };	/* of a name, escaped */

enum err
takeover_refuse(struct takeover *t, const char *format, ...)
{
	char *reason = NULL;	/* owned */
	va_list args;
	int len;

	t->is_refused = true;
	va_start(args, format);
	len = vasprintf(&reason, format, args);
	va_end(args);
	if (len < 0)
		return ERR_MEMORY;
	connection_complain(t->connection, "it cannot be taken over in place", reason);
	free(reason);
	return ERR_SETUP;
}

/* Refuses for what SQLite has just said of something. */
static enum err
refuse_for_sqlite(struct takeover *t, const char *what)
{
	char shown[REASON_SIZE];

	if (sqlite3_errcode(t->connection->sqlite) == SQLITE_NOMEM)
		return ERR_MEMORY;
	return takeover_refuse(t, "%s: %s", what,
	    reason_show(sqlite3_errmsg(t->connection->sqlite), shown));
}

enum err
takeover_find(struct connection *c, const struct user_columns_named *named, bool *is_possible)
{
	struct takeover_plan plan;
	char *fault;	/* owned */
	enum err err = takeover_plan_make(c, named, &plan, &fault);

	takeover_plan_clear(&plan);
	free(fault);
	*is_possible = err == ERR_OK;
	return err == ERR_REFUSED ? ERR_OK : err;
}

/* The highest id that a column of another table says a user has or had. */
static enum err
find_highest_in(struct takeover *t, const char *table, const char *column, int64_t *highest)
{
	char *sql = sqlite3_mprintf("SELECT max(\"%w\") FROM \"%w\" "
	    "WHERE typeof(\"%w\") = 'integer'", column, table, column);	/* owned */
	int64_t id = 0;
	enum err err = sql != NULL ? connection_get_number(t->connection, sql, &id) : ERR_MEMORY;

	if (id > *highest)
		*highest = id;
	sqlite3_free(sql);
	return err;
}

/*
 * The highest id that was ever given, as far as can be known: by the old table's own count, and
 * by what other tables refer to. The tutorial does not enforce such references, so those of a
 * deleted user may still be there, and must not become those of somebody new.
 */
static enum err
find_highest_id(struct takeover *t, int64_t *highest)
{
	static const char sql[] = "SELECT m.name, f.\"from\" FROM sqlite_schema m, "
		"pragma_foreign_key_list(m.name) f WHERE m.type = 'table' "
		"AND lower(f.\"table\") = 'users' AND lower(ifnull(f.\"to\", 'id')) = 'id'";
	sqlite3_stmt *columns = NULL;	/* owned */
	enum err err;

	/* SQLite has made this table with ours at the latest. */
	if ((err = connection_get_number(t->connection, "SELECT max(seq) FROM sqlite_sequence "
	    "WHERE lower(name) = 'users'", highest)) != ERR_OK)
		return err;
	if ((err = connection_prepare(t->connection, sql, &columns)) != ERR_OK)
		return err;
	while (err == ERR_OK && sqlite3_step(columns) == SQLITE_ROW)
		err = find_highest_in(t, (const char *)sqlite3_column_text(columns, 0),
		    (const char *)sqlite3_column_text(columns, 1), highest);
	if (sqlite3_finalize(columns) != SQLITE_OK && err == ERR_OK)
		err = connection_fail(t->connection, sql);
	return err;
}

/* Makes the indexes and triggers of the old table on the new one. */
static enum err
restore_objects(struct takeover *t)
{
	char what[SHOWN_SIZE + 64], shown[SHOWN_SIZE];

	for (size_t i = 0; i < t->plan.objects_count; i++) {
		const struct takeover_object *object = &t->plan.objects[i];

		if (sqlite3_exec(t->connection->sqlite, object->sql, NULL, NULL, NULL) ==
		    SQLITE_OK)
			continue;
		snprintf(what, sizeof(what), "%s %s of table users cannot be kept",
		    object->is_trigger ? "trigger" : "index",
		    escape_text(object->name, shown, sizeof(shown)));
		return refuse_for_sqlite(t, what);
	}
	return ERR_OK;
}

/* Puts the new table in the place of the old. */
static enum err
replace_table(struct takeover *t)
{
	static const char move[] = "DROP TABLE users;"
		"ALTER TABLE users_taken_over RENAME TO users";
	int64_t highest = 0;
	char *reserve = NULL;	/* owned */
	enum err err;

	if ((err = find_highest_id(t, &highest)) != ERR_OK)
		return err;
	if ((err = connection_execute(t->connection, move)) != ERR_OK)
		return err;
	if ((err = restore_objects(t)) != ERR_OK)
		return err;
	/* The first user ever makes the row that is missing where there were none. */
	reserve = sqlite3_mprintf("INSERT INTO sqlite_sequence SELECT 'users', 0 WHERE NOT EXISTS "
	    "(SELECT 1 FROM sqlite_sequence WHERE name = 'users');"
	    "UPDATE sqlite_sequence SET seq = max(seq, %lld) WHERE name = 'users'",
	    (long long)highest);
	err = reserve != NULL ? connection_execute(t->connection, reserve) : ERR_MEMORY;
	sqlite3_free(reserve);
	return err;
}

/* References to users that lead nowhere; some that were there before are none of our business. */
static enum err
count_dangling(struct takeover *t, int64_t *count)
{
	static const char sql[] = "SELECT count(*) FROM (SELECT DISTINCT m.name AS name FROM "
		"sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' "
		"AND lower(f.\"table\") = 'users') t, pragma_foreign_key_check(t.name) k "
		"WHERE lower(k.parent) = 'users'";
	sqlite3_stmt *row = NULL;	/* owned */
	enum err err;

	if ((err = connection_prepare(t->connection, sql, &row)) != ERR_OK)
		return err;
	if (sqlite3_step(row) == SQLITE_ROW)
		*count = sqlite3_column_int64(row, 0);
	else
		err = refuse_for_sqlite(t, "a foreign key of another table cannot be followed");
	sqlite3_finalize(row);
	return err;
}

/* A value that breaks a constraint of some table is the application's own business. */
static bool
is_damage(const char *answer)
{
	return strcmp(answer, "ok") != 0 && strstr(answer, " value in ") == NULL &&
	    strstr(answer, "CHECK constraint failed") == NULL;
}

static enum err
check_integrity(struct takeover *t)
{
	static const char sql[] = "PRAGMA integrity_check";
	sqlite3_stmt *check = NULL;	/* owned */
	char shown[REASON_SIZE];
	enum err err;
	int rc;

	if ((err = connection_prepare(t->connection, sql, &check)) != ERR_OK)
		return err;
	while (err == ERR_OK && (rc = sqlite3_step(check)) != SQLITE_DONE) {
		const char *answer = rc == SQLITE_ROW ?
		    (const char *)sqlite3_column_text(check, 0) : NULL;	/* borrowed */

		if (answer == NULL)
			err = connection_fail(t->connection, "look for damage");
		else if (is_damage(answer))
			err = takeover_refuse(t, "the database is damaged (%s): repair it first, "
			    "with the command .recover of sqlite3", reason_show(answer, shown));
	}
	sqlite3_finalize(check);
	return err;
}

/* Makes the new table. Expressions that cannot be kept are given up. */
static enum err
create_table(struct takeover *t)
{
	sqlite3 *sqlite = t->connection->sqlite;
	enum err err;

	if (sqlite3_exec(sqlite, t->plan.create, NULL, NULL, NULL) == SQLITE_OK)
		return ERR_OK;
	if ((err = takeover_plan_without_generated(&t->plan)) != ERR_OK)
		return err;
	return sqlite3_exec(sqlite, t->plan.create, NULL, NULL, NULL) == SQLITE_OK ? ERR_OK :
	    refuse_for_sqlite(t, "a column of table users cannot be kept");
}

static enum err
rebuild(struct takeover *t)
{
	int64_t dangling_before, dangling;
	enum err err;

	if ((err = count_dangling(t, &dangling_before)) != ERR_OK)
		return err;
	if ((err = create_table(t)) != ERR_OK)
		return err;
	if ((err = takeover_rows(t)) != ERR_OK)
		return err;
	if (t->report.refused > 0)
		return takeover_refuse(t, "the users named above stand in the way");
	if ((err = replace_table(t)) != ERR_OK)
		return err;
	if ((err = count_dangling(t, &dangling)) != ERR_OK)
		return err;
	if (dangling > dangling_before)
		return takeover_refuse(t, "other tables refer to names of users that would be "
		    "spelt otherwise from now on");
	return check_integrity(t);
}

/* Begins the report of what is taken over, which is shown only if all of it is. */
static enum err
begin_report(struct takeover *t)
{
	int64_t user_version, application_id;
	enum err err;

	if ((t->remarks = open_memstream(&t->remarks_text, &t->remarks_len)) == NULL)
		return ERR_MEMORY;
	user_report_init(&t->report, t->remarks);
	if ((err = connection_get_number(t->connection, "PRAGMA user_version",
	    &user_version)) != ERR_OK)
		return err;
	if ((err = connection_get_number(t->connection, "PRAGMA application_id",
	    &application_id)) != ERR_OK)
		return err;
	if (user_version != 0 || application_id != 0)
		fprintf(t->remarks, "user_version was %" PRId64 ", application_id was %" PRId64
		    ": both are bearward's from now on\n", user_version, application_id);
	return ERR_OK;
}

enum err
takeover_run(struct takeover *t)
{
	char *fault = NULL;	/* owned */
	enum err err;

	if ((err = begin_report(t)) != ERR_OK)
		return err;
	if ((err = takeover_plan_make(t->connection, t->named, &t->plan, &fault)) == ERR_REFUSED)
		err = takeover_refuse(t, "%s", fault);
	free(fault);
	if (err != ERR_OK)
		return err;
	/* Now nobody else changes anything, and nothing is changed yet. */
	if ((err = copy_make(t->connection)) != ERR_OK)
		return err;
	return rebuild(t);
}

/* Says what was remarked, and what it comes to. */
static void
report_success(struct takeover *t)
{
	FILE *out = t->connection->report;

	takeover_plan_print(&t->plan, t->remarks);
	user_report_end(&t->report, "table users", t->plan.names, &t->plan.roles);
	(void)fflush(t->remarks);
	fwrite(t->remarks_text, 1, t->remarks_len, out);
	fprintf(out, "%s: %" PRId64 " users taken over\n", t->connection->path, t->report.taken);
}

/* Names the other way, where it is one. */
static void
report_failure(const struct takeover *t)
{
	static const char *const suffixes[] = { "", "-wal", "-journal" };
	const char *path = t->connection->path;
	FILE *out = t->connection->report;

	fprintf(out, "%s: not taken over, nothing was changed\n", path);
	if (!t->is_refused)
		return;
	fputs("The other way is to import its users into a database of bearward's own:\n", out);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		char *name = NULL;	/* owned */

		if (asprintf(&name, "%s%s", path, suffixes[i]) < 0)
			return;
		if (i == 0 || access(name, F_OK) == 0)
			fprintf(out, "\tmv -i %s %s.old%s\n", name, path, suffixes[i]);
		free(name);
	}
	fprintf(out, "\tbearward init\n\tbearward import --from %s.old\n", path);
	if (t->named->table != NULL || t->named->username != NULL || t->named->password != NULL ||
	    t->named->active != NULL || t->named->scope != NULL)
		fputs("Give import the options for columns that you gave init.\n", out);
}

enum err
takeover_finish(struct connection *c)
{
	char *copy = NULL;	/* owned */
	enum err err;

	if (!copy_is_there(c))
		return ERR_OK;
	/* It may have come with the mode of a file that is no secret. */
	if (chmod(c->path, 0600) == -1)
		connection_complain(c, "make it unreadable for others", strerror(errno));
	err = copy_keep(c, &copy);
	if (copy != NULL)
		fprintf(c->report, "%s: the database as it was, with the hashes of all old "
		    "passwords. Delete it when users sign in and nothing is missing\n", copy);
	free(copy);
	return err;
}

enum err
takeover_end(struct takeover *t, enum err err)
{
	struct connection *c = t->connection;

	if (c == NULL)
		return err;
	if (err == ERR_OK) {
		report_success(t);
		err = takeover_finish(c);
	} else {
		copy_remove(c);
		report_failure(t);
	}
	takeover_plan_clear(&t->plan);
	if (t->remarks != NULL)
		fclose(t->remarks);
	free(t->remarks_text);
	*t = (struct takeover){0};
	return err;
}
