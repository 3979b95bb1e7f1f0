/* sessions: the browsers that are signed in. */
#include "store/sessions.h"

#include "store/tidy.h"

static const struct db_sql add = {
	.text = "INSERT INTO sessions (digest, user_id, created_at, auth_at, seen_at, idle, "
		"expires_at, network, agent) "
		"SELECT $1, id, $3, $3, $3, $4, $5, $6, $7 FROM users "
		"WHERE id = $2 AND is_active = 1 AND signed_out_at = $8 RETURNING id",
};
static const struct db_sql note_sign_in = {
	.text = "UPDATE users SET last_sign_in_at = $2 WHERE id = $1",
};
static const struct db_sql make_room = {
	.text = "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE user_id = $1 "
		"AND expires_at > $2 ORDER BY seen_at DESC, id DESC LIMIT 1000 OFFSET $3)",
};
static const struct db_sql end_grants = {
	.text = "UPDATE grants SET revoked_at = $2, expires_at = $2, reason = 'signed out' "
		"WHERE session_id = (SELECT id FROM sessions WHERE digest = $1) "
		"AND revoked_at = 0 AND expires_at > $2",
};
static const struct db_sql end = { .text = "DELETE FROM sessions WHERE digest = $1" };

static enum err
end_one(struct db_connection *connection, const unsigned char *digest, int64_t now)
{
	const struct db_value key = db_bytes(digest, SESSIONS_DIGEST_LEN);
	enum err err = db_run(connection, &end_grants, DB_VALUES(key, db_int(now)), NULL, NULL,
	    NULL);

	return err != ERR_OK ? err : db_run(connection, &end, DB_VALUES(key), NULL, NULL, NULL);
}

struct addition {
	struct sessions_row *row;
	int64_t signed_out_at;
	const unsigned char *replaced;
	int64_t made_room;
};

static enum err
take_id(const struct db_row *row, void *id)
{
	*(int64_t *)id = db_row_int(row, 0);
	return ERR_OK;
}

static enum err
insert(struct db_connection *connection, const struct addition *new)
{
	struct sessions_row *row = new->row;
	enum err err;

	row->id = 0;
	err = db_run(connection, &add, DB_VALUES(db_bytes(row->digest, SESSIONS_DIGEST_LEN),
	    db_int(row->user_id), db_int(row->created_at), db_int(row->idle),
	    db_int(row->expires_at), db_text(row->network), db_text(row->agent),
	    db_int(new->signed_out_at)), take_id, &row->id, NULL);
	return err == ERR_OK && row->id == 0 ? ERR_NO_USER : err;
}

static enum err
do_add(struct db_connection *connection, void *arg)
{
	struct addition *new = arg;
	const struct sessions_row *row = new->row;
	enum err err = ERR_OK;

	if (new->replaced != NULL)
		err = end_one(connection, new->replaced, row->created_at);
	if (err == ERR_OK)
		err = db_run(connection, &make_room, DB_VALUES(db_int(row->user_id),
		    db_int(row->created_at), db_int(SESSIONS_MAX - 1)), NULL, NULL,
		    &new->made_room);
	if (err == ERR_OK)
		err = insert(connection, new);
	if (err == ERR_OK)
		err = db_run(connection, &note_sign_in, DB_VALUES(db_int(row->user_id),
		    db_int(row->created_at)), NULL, NULL, NULL);
	return err == ERR_OK ? tidy_bite(connection, row->created_at) : err;
}

enum err
sessions_add(struct db *db, struct sessions_row *row, int64_t signed_out_at,
    const unsigned char *replaced, int64_t *made_room)
{
	struct addition new = { .row = row, .signed_out_at = signed_out_at, .replaced = replaced };
	enum err err = db_transact(db, do_add, &new);

	*made_room = err == ERR_OK ? new.made_room : 0;
	return err;
}

struct ending {
	const unsigned char *digest;
	int64_t now;
};

static enum err
do_end(struct db_connection *connection, void *arg)
{
	const struct ending *ending = arg;

	return end_one(connection, ending->digest, ending->now);
}

enum err
sessions_end(struct db *db, const unsigned char digest[SESSIONS_DIGEST_LEN], int64_t now)
{
	return db_transact(db, do_end, &(struct ending){ digest, now });
}
