/* store: the users, durable. */
#include "store/users.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/secret.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/schema.h"

enum statement {
	FIND_USER,
	FIND_USER_BY_ID,
	LIST_USERS,
	ADD_USER,
	SET_PASSWORD,
	UPGRADE_PASSWORD,
	SET_ACTIVE,
	SET_SCOPE,
	DELETE_USER,
	STATEMENTS
};

/* What read_user() expects, in this order. */
#define USER "SELECT id, username, username_key, hashed_password, is_active, scope, created_at " \
	"FROM users "

static const char *const sql[STATEMENTS] = {
	[FIND_USER] = USER "WHERE username_key = ?1",
	[FIND_USER_BY_ID] = USER "WHERE id = ?1",
	[LIST_USERS] = USER "WHERE id > ?1 ORDER BY id LIMIT ?2",
	[ADD_USER] = ("INSERT INTO users "
		"(username, username_key, hashed_password, is_active, scope, created_at) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
	[SET_PASSWORD] = "UPDATE users SET hashed_password = ?2 WHERE id = ?1",
	/* Touches the row in either case, so that "no such user" can be told from "changed". */
	[UPGRADE_PASSWORD] = ("UPDATE users SET hashed_password = "
		"CASE hashed_password WHEN ?3 THEN ?2 ELSE hashed_password END WHERE id = ?1"),
	[SET_ACTIVE] = "UPDATE users SET is_active = ?2 WHERE id = ?1",
	[SET_SCOPE] = "UPDATE users SET scope = ?2 WHERE id = ?1",
	[DELETE_USER] = "DELETE FROM users WHERE id = ?1",
};

enum { PAGE_SIZE = 64 };	/* users read at once */

struct store {
	struct connection connection;
	sqlite3_stmt *statements[STATEMENTS];	/* owned; NULL until first used */
};

/* A value to bind; text is borrowed until the statement is done with. */
struct value {
	const char *text;	/* NULL: number counts */
	int64_t number;
};

#define TEXT(t) { .text = (t) }
#define NUMBER(n) { .number = (n) }

/* Ends the use of a statement, which would otherwise hold on to locks and to hashes. */
static void
finish(sqlite3_stmt *statement)
{
	sqlite3_reset(statement);	/* repeats the error of the last step, if any */
	sqlite3_clear_bindings(statement);
}

static int
bind(sqlite3_stmt *statement, int i, const struct value *value)
{
	if (value->text == NULL)
		return sqlite3_bind_int64(statement, i, value->number);
	return sqlite3_bind_text(statement, i, value->text, (int)strlen(value->text),
	    SQLITE_STATIC);
}

/* Makes a statement ready to be stepped; *statement is borrowed, finish() ends its use. */
static enum err
start(struct store *store, enum statement which, const struct value *values,
    sqlite3_stmt **statement)
{
	sqlite3_stmt **prepared = &store->statements[which];

	*statement = NULL;
	if (*prepared == NULL && sqlite3_prepare_v3(store->connection.sqlite, sql[which], -1,
	    SQLITE_PREPARE_PERSISTENT, prepared, NULL) != SQLITE_OK)
		return connection_fail(&store->connection, sql[which]);
	for (int i = 0; i < sqlite3_bind_parameter_count(*prepared); i++) {
		if (bind(*prepared, i + 1, &values[i]) != SQLITE_OK) {
			finish(*prepared);
			return connection_fail(&store->connection, sql[which]);
		}
	}
	*statement = *prepared;
	return ERR_OK;
}

/* A column as a C string of our own: what has a NUL in it was not written by us. */
static enum err
copy_text(const struct store *store, sqlite3_stmt *statement, int column, char **copy)
{
	const unsigned char *text = sqlite3_column_text(statement, column);

	if (text == NULL)
		return connection_fail(&store->connection, "read a text");
	if (strlen((const char *)text) != (size_t)sqlite3_column_bytes(statement, column)) {
		(void)connection_refuse(&store->connection, "a text of table users contains a NUL");
		return ERR_STORAGE;
	}
	*copy = strdup((const char *)text);
	return *copy != NULL ? ERR_OK : ERR_INTERNAL;
}

/* The row a statement stands on; *user is owned. */
static enum err
read_user(const struct store *store, sqlite3_stmt *row, struct user **user)
{
	struct user *u = calloc(1, sizeof(*u));		/* owned until it is given away */
	enum err err = ERR_INTERNAL;

	if (u == NULL)
		goto out;
	u->id = sqlite3_column_int64(row, 0);
	if ((err = copy_text(store, row, 1, &u->username)) != ERR_OK)
		goto out;
	if ((err = copy_text(store, row, 2, &u->username_key)) != ERR_OK)
		goto out;
	if ((err = copy_text(store, row, 3, &u->hashed_password)) != ERR_OK)
		goto out;
	u->is_active = sqlite3_column_int(row, 4) == 1;
	if ((err = copy_text(store, row, 5, &u->scope)) != ERR_OK)
		goto out;
	u->created_at = sqlite3_column_int64(row, 6);
	*user = u;
	u = NULL;
out:
	user_free(u);
	return err;
}

/* Steps a statement that reads; a killed writer's remains are cleared away first if need be. */
static int
step_reading(struct store *store, sqlite3_stmt *statement)
{
	int rc = sqlite3_step(statement);

	if (rc != SQLITE_READONLY_ROLLBACK)
		return rc;
	sqlite3_reset(statement);
	connection_recover(&store->connection);
	return sqlite3_step(statement);
}

static enum err
find(struct store *store, enum statement which, const struct value *value, struct user **user)
{
	sqlite3_stmt *statement;	/* borrowed */
	enum err err;
	int rc;

	*user = NULL;
	if ((err = start(store, which, value, &statement)) != ERR_OK)
		return err;
	if ((rc = step_reading(store, statement)) == SQLITE_ROW)
		err = read_user(store, statement, user);
	else if (rc != SQLITE_DONE)
		err = connection_fail(&store->connection, sql[which]);
	finish(statement);
	return err;
}

/* Changes one user within a transaction. ERR_NO_USER: nobody was changed. */
static enum err
step_changing(struct store *store, enum statement which, const struct value *values)
{
	sqlite3_stmt *statement;	/* borrowed */
	enum err err;

	if ((err = start(store, which, values, &statement)) != ERR_OK)
		return err;
	switch (sqlite3_step(statement)) {
	case SQLITE_DONE:
		err = sqlite3_changes(store->connection.sqlite) > 0 ? ERR_OK : ERR_NO_USER;
		break;
	case SQLITE_CONSTRAINT_UNIQUE:
		err = ERR_NAME_TAKEN;
		break;
	default:
		err = connection_fail(&store->connection, sql[which]);
	}
	finish(statement);
	return err;
}

static enum err
change(struct store *store, enum statement which, const struct value *values)
{
	enum err err = connection_begin(&store->connection);

	if (err != ERR_OK)
		return err;
	return connection_end(&store->connection, step_changing(store, which, values));
}

void
user_free(struct user *user)
{
	if (user == NULL)
		return;
	free(user->username);
	free(user->username_key);
	secret_free(user->hashed_password);
	free(user->scope);
	free(user);
}

enum err
store_open(const struct config *config, enum store_mode mode, struct store **store)
{
	struct store *s;	/* owned until it is given away */
	enum err err;

	*store = NULL;
	/* Before anything else: SQLite should not read what somebody else has prepared for it. */
	if ((err = connection_check_private(config, NULL)) != ERR_OK)
		return err;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return ERR_INTERNAL;
	if ((err = connection_open(config, mode, NULL, &s->connection)) != ERR_OK)
		goto out;
	if ((err = schema_check(config, &s->connection)) != ERR_OK)
		goto out;
	*store = s;
	s = NULL;
out:
	store_close(s);
	return err;
}

void
store_close(struct store *store)
{
	if (store == NULL)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(store->statements[i]);
	connection_close(&store->connection);
	free(store);
}

enum err
store_find_user(struct store *store, const char *username_key, struct user **user)
{
	return find(store, FIND_USER, &(struct value)TEXT(username_key), user);
}

enum err
store_find_user_by_id(struct store *store, int64_t id, struct user **user)
{
	return find(store, FIND_USER_BY_ID, &(struct value)NUMBER(id), user);
}

/* Reads up to limit users, PAGE_SIZE at most, each owned, also where it fails half-way. */
static enum err
read_page(struct store *store, int64_t after, int64_t limit, struct user **page, size_t *count)
{
	const struct value values[] = {
		NUMBER(after), NUMBER(limit < PAGE_SIZE ? limit : PAGE_SIZE),
	};
	sqlite3_stmt *statement;	/* borrowed */
	enum err err;
	int rc;

	*count = 0;
	if ((err = start(store, LIST_USERS, values, &statement)) != ERR_OK)
		return err;
	while (err == ERR_OK && (rc = step_reading(store, statement)) != SQLITE_DONE) {
		if (rc != SQLITE_ROW)
			err = connection_fail(&store->connection, sql[LIST_USERS]);
		else if ((err = read_user(store, statement, &page[*count])) == ERR_OK)
			(*count)++;
	}
	finish(statement);
	return err;
}

enum err
store_list_users(struct store *store, int64_t after, int64_t limit,
    void (*visit)(const struct user *user, void *arg), void *arg)
{
	struct user *page[PAGE_SIZE];	/* owned */
	size_t count;
	enum err err;

	/*
	 * Visitors see a page that has been read to its end: one that is slow, as a terminal may
	 * be, must not keep the database locked.
	 */
	do {
		err = read_page(store, after, limit, page, &count);
		for (size_t i = 0; i < count; i++) {
			if (err == ERR_OK)
				visit(page[i], arg);
			after = page[i]->id;
			user_free(page[i]);
		}
		limit -= (int64_t)count;
	} while (err == ERR_OK && limit > 0 && count == PAGE_SIZE);
	return err;
}

enum err
store_add_user(struct store *store, struct user *user)
{
	int64_t now = (int64_t)time(NULL);
	const struct value values[] = {
		TEXT(user->username), TEXT(user->username_key), TEXT(user->hashed_password),
		NUMBER(user->is_active), TEXT(user->scope), NUMBER(now),
	};
	enum err err;

	assert(user->username != NULL && user->username_key != NULL);
	assert(user->hashed_password != NULL && user->scope != NULL);
	if ((err = change(store, ADD_USER, values)) != ERR_OK)
		return err;
	user->id = sqlite3_last_insert_rowid(store->connection.sqlite);
	user->created_at = now;
	return ERR_OK;
}

enum err
store_set_password(struct store *store, int64_t id, const char *expected,
    const char *hashed_password)
{
	const struct value values[] = { NUMBER(id), TEXT(hashed_password), TEXT(expected) };

	return change(store, expected != NULL ? UPGRADE_PASSWORD : SET_PASSWORD, values);
}

enum err
store_set_active(struct store *store, int64_t id, bool is_active)
{
	const struct value values[] = { NUMBER(id), NUMBER(is_active) };

	return change(store, SET_ACTIVE, values);
}

enum err
store_set_scope(struct store *store, int64_t id, const char *scope)
{
	const struct value values[] = { NUMBER(id), TEXT(scope) };

	return change(store, SET_SCOPE, values);
}

enum err
store_delete_user(struct store *store, int64_t id)
{
	return change(store, DELETE_USER, &(struct value)NUMBER(id));
}
