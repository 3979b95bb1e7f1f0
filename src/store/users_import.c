/* users_import: adds users as they were elsewhere, with their ids. */
#include "store/users.h"

#include <assert.h>
#include <stddef.h>

/* Where writers do not wait for each other anyway, nobody may be given an id meanwhile. */
static const struct db_sql keep_others_out = {
	.text = "SELECT 1",
	.postgresql = "LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE",
};
#define FIND_HIGHEST_ID(given) "SELECT max(n) FROM (SELECT max(id) AS n FROM users UNION ALL " \
	"SELECT " given ") AS ids"

static const struct db_sql find_highest_id = {
	.text = FIND_HIGHEST_ID("seq FROM sqlite_sequence WHERE name = 'users'"),
	.postgresql = FIND_HIGHEST_ID("last_value - CASE WHEN is_called THEN 0 ELSE 1 END "
		"FROM users_id_seq"),
};
static const struct db_sql find_id = { .text = "SELECT id FROM users WHERE username_key = $1" };
/* An error would end the transaction, which goes on with the next user. */
#define IMPORT(id) "INSERT INTO users " \
	"(id, username, username_key, hashed_password, is_active, scope, created_at, " \
	"email, display_name, is_imported, groups, email_verified) " \
	"VALUES (" id ", $2, $3, $4, $5 <> 0, $6, $7, $8, $9, $10 <> 0, $11, $12 <> 0) " \
	"ON CONFLICT DO NOTHING RETURNING id"

static const struct db_sql import = {
	.text = IMPORT("nullif($1, 0)"),
	.postgresql = IMPORT("coalesce(nullif($1, 0), nextval('users_id_seq'))"),
};
/* SQLite does that by itself. No rollback undoes it. */
static const struct db_sql note_ids = {
	.text = "SELECT 1",
	.postgresql = "SELECT setval('users_id_seq', max(id)) FROM users "
		"HAVING max(id) > (SELECT last_value FROM users_id_seq)",
};

enum err
users_find_highest_id(struct db_connection *connection, int64_t *highest)
{
	enum err err = db_run(connection, &keep_others_out, NULL, NULL, NULL, NULL);

	*highest = 0;
	if (err != ERR_OK)
		return err;
	return db_run(connection, &find_highest_id, NULL, db_take_int, highest, NULL);
}

enum err
users_import(struct db_connection *connection, struct user *user, int64_t *present)
{
	int64_t id = 0;
	enum err err;

	assert(user->username != NULL && user->username_key != NULL);
	assert(user->hashed_password != NULL && user->scope != NULL && user->groups != NULL);
	/* An insert that meets the name would use up an id. */
	*present = 0;
	err = db_run(connection, &find_id, DB_VALUES(db_text(user->username_key)), db_take_int,
	    present, NULL);
	if (err == ERR_OK && *present != 0)
		return ERR_NAME_TAKEN;
	if (err == ERR_OK)
		err = db_run(connection, &import, DB_VALUES(
		    db_int(user->id), db_text(user->username), db_text(user->username_key),
		    db_text(user->hashed_password),
		    db_int(user->is_active), db_text(user->scope), db_int(user->created_at),
		    db_text(user->email), db_text(user->display_name),
		    db_int(user->is_imported), db_text(user->groups),
		    db_int(user->email_verified)), db_take_int, &id, NULL);
	if (err != ERR_OK)
		return err;
	/* Something else is unique as well, or a trigger of an application ignores the user. */
	if (id == 0)
		return ERR_CONFLICT;
	user->id = id;
	return ERR_OK;
}

enum err
users_end_import(struct db_connection *connection)
{
	return db_run(connection, &note_ids, NULL, NULL, NULL, NULL);
}
