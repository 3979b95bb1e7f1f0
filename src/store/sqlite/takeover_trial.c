/* takeover_trial: finds what keeps bearward from working with an application's table of users. */
#include "store/sqlite/takeover.h"

#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "store/sqlite/reason.h"

enum {
	SHOWN_SIZE = 256,	/* of a name, escaped */
	STEPS_UNIT = 1000 * 1000,
	STEPS_MAX = 100,	/* millions of steps for one attempt: about a second */
};

/* What the service does to users, as store/users.c does it. No user has such a key. */
static const struct {
	const char *what;
	const char *sql;
} attempts[] = {
#define INSERT(key) "INSERT INTO users (username, username_key, hashed_password, is_active, "     \
	"scope, created_at, email, display_name, is_imported) VALUES ('bearward trial " key "', " \
	"char(1) || '" key "', 'x', 1, '', 1, NULL, NULL, 0) RETURNING id"
	{ "adding a user", INSERT("1") },
	{ "adding another user", INSERT("2") },
#undef INSERT
#define UPDATE(set) "UPDATE users SET " set " WHERE username_key = char(1) || '1'"
	{ "changing a password", UPDATE("hashed_password = 'y'") },
	{ "disabling a user", UPDATE("is_active = 0") },
	{ "changing a user's scope", UPDATE("scope = 'x'") },
	{ "changing a user's profile", UPDATE("email = 'trial@bearward.invalid', "
	    "display_name = 'x'") },
	{ "noting a sign-in", UPDATE("last_sign_in_at = 1") },
	{ "signing a user out", UPDATE("signed_out_at = 1") },
#undef UPDATE
	{ "deleting a user", "DELETE FROM users WHERE username_key = char(1) || '1'" },
	{ "deleting another user", "DELETE FROM users WHERE username_key = char(1) || '2'" },
};
enum { ATTEMPTS = sizeof(attempts) / sizeof(attempts[0]) };

/* What has failed. */
struct failure {
	const char *what;	/* static; NULL: nothing */
	char *reason;		/* owned */
};

static void
clear_failure(struct failure *failure)
{
	free(failure->reason);
	*failure = (struct failure){0};
}

static enum err
set(struct connection *c, int option, int value)
{
	return sqlite3_db_config(c->sqlite, option, value, NULL) == SQLITE_OK ? ERR_OK :
	    connection_fail(c, "set up the connection");
}

/* Sets what the service has set; inside a transaction, the pragma of foreign keys does nothing. */
static enum err
set_as_service(struct connection *c, int value)
{
	enum err err = set(c, SQLITE_DBCONFIG_ENABLE_TRIGGER, value);

	return err == ERR_OK ? set(c, SQLITE_DBCONFIG_ENABLE_FKEY, value) : err;
}

/* Ends a trigger that does not come to an end. */
static int
count_steps(void *arg)
{
	int *steps = arg;

	return ++*steps > STEPS_MAX;
}

static int
attempt(struct connection *c, const char *sql)
{
	int steps = 0, rc;

	sqlite3_progress_handler(c->sqlite, STEPS_UNIT, count_steps, &steps);
	rc = sqlite3_exec(c->sqlite, sql, NULL, NULL, NULL);
	sqlite3_progress_handler(c->sqlite, 0, NULL, NULL);
	return rc;
}

/* Makes the attempts one after another; a failure of one is not an error of this. */
static enum err
attempt_all(struct connection *c, struct failure *failure)
{
	clear_failure(failure);
	for (int i = 0; i < ATTEMPTS; i++) {
		int rc = attempt(c, attempts[i].sql);

		if (rc == SQLITE_OK)
			continue;
		if (rc == SQLITE_NOMEM)
			return ERR_MEMORY;
		failure->what = attempts[i].what;
		failure->reason = strdup((rc & 0xff) == SQLITE_INTERRUPT
		    ? "it does not come to an end" : sqlite3_errmsg(c->sqlite));
		return failure->reason != NULL ? ERR_OK : ERR_MEMORY;
	}
	return ERR_OK;
}

/* Leaves only one trigger of users. */
static enum err
drop_all_but(struct takeover *t, const char *name)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < t->plan.objects_count && err == ERR_OK; i++) {
		const struct takeover_object *object = &t->plan.objects[i];
		char *sql;	/* owned */

		if (!object->is_trigger || strcmp(object->name, name) == 0)
			continue;
		sql = sqlite3_mprintf("DROP TRIGGER \"%w\"", object->name);
		err = sql != NULL ? connection_execute(t->connection, sql) : ERR_MEMORY;
		sqlite3_free(sql);
	}
	return err;
}

/* Returns the name of the virtual table that a message of SQLite is about, or NULL; owned. */
static char *
find_virtual(const char *reason)
{
	static const char start[] = "unsafe use of virtual table \"";
	const char *end = strrchr(reason, '"');

	if (strncmp(reason, start, sizeof(start) - 1) != 0 || end < reason + sizeof(start) - 1)
		return NULL;
	return strndup(reason + sizeof(start) - 1, (size_t)(end - reason) - (sizeof(start) - 1));
}

static enum err
refuse(struct takeover *t, const char *trigger, const struct failure *failure)
{
	char name[SHOWN_SIZE], table[SHOWN_SIZE], reason[REASON_SIZE];
	char *virtual = find_virtual(failure->reason);	/* owned */
	enum err err;

	reason_show(failure->reason, reason);
	if (trigger == NULL)
		err = takeover_refuse(t, "%s fails: %s", failure->what, reason);
	else if (virtual == NULL)
		err = takeover_refuse(t, "trigger %s of table users fails at %s: %s",
		    escape_text(trigger, name, sizeof(name)), failure->what, reason);
	else
		err = takeover_refuse(t, "trigger %s of table users uses %s, a virtual table, "
		    "which no trigger may do where bearward writes",
		    escape_text(trigger, name, sizeof(name)),
		    escape_text(virtual, table, sizeof(table)));
	free(virtual);
	return err;
}

/* Tries with one trigger alone, and refuses when it is the one. */
static enum err
try_with(struct takeover *t, const char *trigger)
{
	struct failure failure = {0};
	enum err err;

	if ((err = connection_execute(t->connection, "SAVEPOINT one")) != ERR_OK)
		return err;
	if ((err = drop_all_but(t, trigger)) == ERR_OK)
		err = attempt_all(t->connection, &failure);
	if (err == ERR_OK && failure.what != NULL)
		err = refuse(t, trigger, &failure);
	else if (err == ERR_OK)
		err = connection_execute(t->connection, "ROLLBACK TO one; RELEASE one");
	clear_failure(&failure);
	return err;
}

/* Says which trigger it is, or that it is none. */
static enum err
refuse_by_name(struct takeover *t, const struct failure *all)
{
	enum err err = ERR_OK;

	/* A trigger may have rolled back everything, so that there is nothing left to try with. */
	if (!sqlite3_get_autocommit(t->connection->sqlite)) {
		if ((err = connection_execute(t->connection, "ROLLBACK TO trial")) != ERR_OK)
			return err;
		for (size_t i = 0; i < t->plan.objects_count && err == ERR_OK; i++)
			if (t->plan.objects[i].is_trigger)
				err = try_with(t, t->plan.objects[i].name);
	}
	return err == ERR_OK ? refuse(t, NULL, all) : err;
}

enum err
takeover_try(struct takeover *t)
{
	struct connection *c = t->connection;
	struct failure failure = {0};
	enum err err, undone;

	if ((err = connection_execute(c, "SAVEPOINT trial")) != ERR_OK)
		return err;
	if ((err = set_as_service(c, 1)) == ERR_OK)
		err = attempt_all(c, &failure);
	if (err == ERR_OK && failure.what != NULL)
		err = refuse_by_name(t, &failure);
	clear_failure(&failure);
	if (!sqlite3_get_autocommit(c->sqlite) &&
	    (undone = connection_execute(c, "ROLLBACK TO trial; RELEASE trial")) != ERR_OK)
		err = err == ERR_OK ? undone : err;
	if ((undone = set_as_service(c, 0)) != ERR_OK)
		err = err == ERR_OK ? undone : err;
	return err;
}
