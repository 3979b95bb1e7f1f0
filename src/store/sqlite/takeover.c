/* takeover: makes a database of the FastAPI tutorial one of ours, in place. */
#include "store/sqlite/takeover.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store/sqlite/copy.h"
#include "store/sqlite/schema.h"

#define NAMES_OF_OLD "id, username, hashed_password, is_active"

/* What depends on the further columns, indexes and triggers there are. sqlite3_free() each. */
struct scripts {
	char *create;
	char *select;
	char *insert;
	char *restore;
};

/*
 * Columns the tutorial knows nothing of are kept, with whatever is in them. One that has the name
 * of a column of ours is called old_NAME from now on.
 */
static enum err
write_table_scripts(const struct takeover *t, struct scripts *scripts)
{
	static const char sql[] =
		"SELECT group_concat(format(', \"%w\" ANY', new), ''),"
		" group_concat(format(', \"%w\"', old), ''),"
		" group_concat(format(', \"%w\"', new), ''), group_concat(', ?', '') "
		"FROM (SELECT name AS old, CASE WHEN lower(name) IN "
		"('username_key', 'scope', 'created_at') THEN 'old_' || name ELSE name END AS new "
		"FROM pragma_table_info('users') "
		"WHERE lower(name) NOT IN " SCHEMA_TUTORIAL_NAMES ")";
	sqlite3_stmt *lists = NULL;	/* owned */
	const char *list[4];		/* borrowed from it */
	enum err err;

	if ((err = connection_prepare(t->connection, sql, &lists)) != ERR_OK)
		return err;
	if (sqlite3_step(lists) != SQLITE_ROW) {
		err = connection_fail(t->connection, sql);
		goto out;
	}
	for (int i = 0; i < 4; i++) {
		list[i] = (const char *)sqlite3_column_text(lists, i);
		if (list[i] == NULL)
			list[i] = "";
	}
	scripts->create = sqlite3_mprintf("CREATE TABLE users_taken_over (" MIGRATE_USERS_COLUMNS
	    "%s) STRICT", list[0]);
	scripts->select = sqlite3_mprintf("SELECT " NAMES_OF_OLD "%s FROM users", list[1]);
	scripts->insert = sqlite3_mprintf("INSERT INTO users_taken_over (" NAMES_OF_OLD
	    "%s, username_key) VALUES (?, ?, ?, ?%s, ?)", list[2], list[3]);
	if (scripts->create == NULL || scripts->select == NULL || scripts->insert == NULL)
		err = ERR_MEMORY;
out:
	sqlite3_finalize(lists);
	return err;
}

/* Indexes and triggers go with the old table, and are made again on the new one. */
static enum err
write_restore_script(const struct takeover *t, struct scripts *scripts)
{
	static const char sql[] = "SELECT group_concat(sql, ';\n') FROM sqlite_schema "
		"WHERE lower(tbl_name) = 'users' AND type IN ('index', 'trigger')";
	sqlite3_stmt *list = NULL;	/* owned */
	enum err err;

	if ((err = connection_prepare(t->connection, sql, &list)) != ERR_OK)
		return err;
	if (sqlite3_step(list) != SQLITE_ROW) {
		err = connection_fail(t->connection, sql);
		goto out;
	}
	if ((scripts->restore = sqlite3_mprintf("%s", sqlite3_column_text(list, 0))) == NULL)
		err = ERR_MEMORY;
out:
	sqlite3_finalize(list);
	return err;
}

static enum err
write_scripts(const struct takeover *t, struct scripts *scripts)
{
	enum err err = write_table_scripts(t, scripts);

	return err == ERR_OK ? write_restore_script(t, scripts) : err;
}

static void
clear_scripts(struct scripts *scripts)
{
	sqlite3_free(scripts->create);
	sqlite3_free(scripts->select);
	sqlite3_free(scripts->insert);
	sqlite3_free(scripts->restore);
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

/* Puts the new table in the place of the old. */
static enum err
replace_table(struct takeover *t, const struct scripts *scripts)
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
	if ((err = connection_execute(t->connection, scripts->restore)) != ERR_OK)
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

/* References that lead nowhere; some that were there before are none of our business. */
static enum err
count_dangling(struct takeover *t, int64_t *count)
{
	return connection_get_number(t->connection,
	    "SELECT count(*) FROM pragma_foreign_key_check", count);
}

static enum err
check_integrity(struct takeover *t)
{
	static const char sql[] = "PRAGMA integrity_check(1)";
	sqlite3_stmt *check = NULL;	/* owned */
	const char *answer;		/* borrowed from it */
	enum err err;

	if ((err = connection_prepare(t->connection, sql, &check)) != ERR_OK)
		return err;
	if (sqlite3_step(check) != SQLITE_ROW ||
	    (answer = (const char *)sqlite3_column_text(check, 0)) == NULL)
		err = connection_fail(t->connection, sql);
	else if (strcmp(answer, "ok") != 0)
		err = connection_refuse(t->connection, answer);
	sqlite3_finalize(check);
	return err;
}

static enum err
rebuild(struct takeover *t, const struct scripts *scripts)
{
	int64_t dangling_before, dangling;
	enum err err;

	if ((err = count_dangling(t, &dangling_before)) != ERR_OK)
		return err;
	if ((err = connection_execute(t->connection, scripts->create)) != ERR_OK)
		return err;
	if ((err = takeover_rows(t, scripts->select, scripts->insert)) != ERR_OK)
		return err;
	if (t->faults > 0)
		return connection_refuse(t->connection, "the users named above stand in the way");
	if ((err = replace_table(t, scripts)) != ERR_OK)
		return err;
	if ((err = count_dangling(t, &dangling)) != ERR_OK)
		return err;
	if (dangling > dangling_before)
		return connection_refuse(t->connection,
		    "references of other tables would be lost");
	return check_integrity(t);
}

static enum err
make_copy(struct takeover *t)
{
	char *path = NULL;	/* owned until it is known to be the name of our copy */
	enum err err;

	if (asprintf(&path, "%s.before-takeover", t->connection->path) < 0)
		return ERR_MEMORY;
	if ((err = copy_make(t->connection, path)) != ERR_OK) {
		free(path);
		return err;
	}
	t->copy = path;
	return ERR_OK;
}

enum err
takeover_run(struct connection *c, struct takeover *takeover)
{
	struct scripts scripts = {0};
	enum err err;

	*takeover = (struct takeover){ .connection = c };
	if ((err = make_copy(takeover)) != ERR_OK)
		return err;
	if ((err = write_scripts(takeover, &scripts)) == ERR_OK)
		err = rebuild(takeover, &scripts);
	clear_scripts(&scripts);
	return err;
}

static void
report_success(const struct takeover *t)
{
	FILE *report = t->connection->report;

	fprintf(report, "%s: %" PRId64 " users taken over; the database as it was is kept in %s\n",
	    t->connection->path, t->users, t->copy);
	if (t->stranded > 0)
		fprintf(report, "%" PRId64 " of them have no password that can be checked here "
		    "and need a new one: `bearward user passwd`\n", t->stranded);
}

enum err
takeover_end(struct takeover *takeover, enum err err)
{
	const struct connection *c = takeover->connection;

	if (c == NULL)
		return err;
	if (err == ERR_OK) {
		/* It may have come with the mode of a file that is no secret. */
		if (chmod(c->path, 0600) == -1)
			connection_complain(c, "make it unreadable for others", strerror(errno));
		report_success(takeover);
	} else {
		if (takeover->copy != NULL)
			copy_remove(c, takeover->copy);
		fprintf(c->report, "%s: not taken over, nothing was changed\n", c->path);
	}
	free(takeover->copy);
	*takeover = (struct takeover){0};
	return err;
}
