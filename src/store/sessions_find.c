/* sessions_find: reads the browsers that are signed in. A process that only checks links this. */
#include "store/sessions.h"

#include <stdlib.h>

#include "store/users_row.h"

static const struct db_sql find = {
	.text = "SELECT " USERS_ROW ", sessions.id, digest, sessions.created_at, auth_at, "
		"seen_at, idle, expires_at, network, agent FROM sessions "
		"JOIN users ON users.id = sessions.user_id WHERE digest = $1 AND expires_at > $2",
};

void
sessions_row_free(struct sessions_row *row)
{
	if (row == NULL)
		return;
	free(row->network);
	free(row->agent);
	free(row);
}

enum { ID = USERS_ROW_COLUMNS, DIGEST, CREATED_AT, AUTH_AT, SEEN_AT, IDLE, EXPIRES_AT, NETWORK,
	AGENT };

/* Reads a number; one that is nonsense is brought to where no sum with it overflows. */
static int64_t
read_number(const struct db_row *row, int column)
{
	const int64_t far = INT64_C(1) << 53, number = db_row_int(row, column);

	if (number > far)
		return far;
	return number < -far ? -far : number;
}

static enum err
read_row(const struct db_row *row, struct sessions_row *session)
{
	size_t len = 0;
	enum err err = db_row_bytes(row, DIGEST, session->digest, SESSIONS_DIGEST_LEN, &len);

	if (err != ERR_OK)
		return err;
	session->id = db_row_int(row, ID);
	session->created_at = read_number(row, CREATED_AT);
	session->auth_at = read_number(row, AUTH_AT);
	session->seen_at = read_number(row, SEEN_AT);
	session->idle = read_number(row, IDLE);
	session->expires_at = read_number(row, EXPIRES_AT);
	if ((err = db_row_text(row, NETWORK, &session->network)) != ERR_OK)
		return err;
	return db_row_text(row, AGENT, &session->agent);
}

struct pair {
	struct sessions_row *row;	/* owned */
	struct user *user;		/* owned */
};

/* A failure may leave a part of it. */
static enum err
take_pair(const struct db_row *row, void *arg)
{
	struct pair *pair = arg;
	enum err err;

	if ((err = users_row_read(row, &pair->user)) != ERR_OK)
		return err;
	if ((pair->row = calloc(1, sizeof(*pair->row))) == NULL)
		return ERR_MEMORY;
	pair->row->user_id = pair->user->id;
	return read_row(row, pair->row);
}

enum err
sessions_find(struct db *db, const unsigned char digest[SESSIONS_DIGEST_LEN], int64_t now,
    struct sessions_row **row, struct user **user)
{
	struct pair found = {0};
	enum err err = db_read(db, &find, DB_VALUES(db_bytes(digest, SESSIONS_DIGEST_LEN),
	    db_int(now)), take_pair, &found);

	if (err != ERR_OK) {
		sessions_row_free(found.row);
		user_free(found.user);
		found = (struct pair){0};
	}
	*row = found.row;
	*user = found.user;
	return err;
}
