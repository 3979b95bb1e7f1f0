/* tickets: what is good once and for a while. */
#include "store/tickets.h"

#include "store/users_row.h"

static const struct db_sql add = {
	.text = "INSERT INTO tickets (digest, kind, user_id, expires_at) VALUES ($1, $2, $3, $4)",
};
static const struct db_sql find = {
	.text = "SELECT " USERS_ROW " FROM tickets JOIN users ON users.id = tickets.user_id "
		"WHERE digest = $1 AND kind = $2 AND expires_at > $3",
};
static const struct db_sql use = {
	.text = "DELETE FROM tickets WHERE digest = $1 AND kind = $2 AND expires_at > $3 "
		"RETURNING user_id",
};
static const struct db_sql remove_all = { .text = "DELETE FROM tickets WHERE user_id = $1" };

enum err
tickets_add(struct db_connection *connection, const struct tickets_row *row)
{
	return db_run(connection, &add, DB_VALUES(db_bytes(row->digest, TICKETS_DIGEST_LEN),
	    db_text(row->kind), db_int(row->user_id), db_int(row->expires_at)), NULL, NULL, NULL);
}

static enum err
take_user(const struct db_row *row, void *user)
{
	return users_row_read(row, user);
}

enum err
tickets_find(struct db *db, const unsigned char digest[TICKETS_DIGEST_LEN], const char *kind,
    int64_t now, struct user **user)
{
	enum err err;

	*user = NULL;
	err = db_read(db, &find, DB_VALUES(db_bytes(digest, TICKETS_DIGEST_LEN), db_text(kind),
	    db_int(now)), take_user, user);
	if (err != ERR_OK) {
		user_free(*user);
		*user = NULL;
	}
	return err;
}

enum err
tickets_use(struct db_connection *connection, const unsigned char digest[TICKETS_DIGEST_LEN],
    const char *kind, int64_t now, int64_t *user_id)
{
	*user_id = 0;
	return db_run(connection, &use, DB_VALUES(db_bytes(digest, TICKETS_DIGEST_LEN),
	    db_text(kind), db_int(now)), db_take_int, user_id, NULL);
}

enum err
tickets_remove_all(struct db_connection *connection, int64_t user_id)
{
	return db_run(connection, &remove_all, DB_VALUES(db_int(user_id)), NULL, NULL, NULL);
}
