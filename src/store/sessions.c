/* sessions: the browsers that are signed in. */
#include "store/sessions.h"

#include "store/sessions_internal.h"
#include "store/sessions_sweep.h"
#include "store/tidy.h"

static const struct db_sql add = {
	.text = "INSERT INTO sessions (digest, user_id, created_at, auth_at, seen_at, idle, "
		"expires_at, network, agent) "
		"VALUES ($1, $2, $3, $3, $3, $4, $5, $6, $7) RETURNING id",
};
static const struct db_sql find_number = {
	.text = "SELECT id FROM sessions WHERE digest = $1 AND expires_at > $2",
};
/* A child came with its parent, and goes with it. */
static const struct db_sql list_of_user = {
	.text = "SELECT id, seen_at, idle FROM sessions WHERE user_id = $1 AND expires_at > $2 "
		"AND parent_id IS NULL",
};

struct addition {
	struct sessions_row *row;
	const struct sessions_terms *terms;
	int64_t made_room;
};

static enum err
insert(struct db_connection *connection, struct sessions_row *row)
{
	return db_run(connection, &add, DB_VALUES(db_bytes(row->digest, SESSIONS_DIGEST_LEN),
	    db_int(row->user_id), db_int(row->created_at), db_int(row->idle),
	    db_int(row->expires_at), db_text(row->network), db_text(row->agent)), db_take_int,
	    &row->id, NULL);
}

/* Ends one for the new session's sake. */
static enum err
end_for(struct db_connection *connection, const struct sessions_row *row, int64_t number,
    const char *reason)
{
	const struct grants_ending ending = {
		.now = row->created_at, .event = "session ended", .reason = reason, .actor = "",
		.network = row->network, .detail = reason, .join = AUDITS_JOINS_NEAR,
	};
	int64_t user_id;

	return sessions_end_number(connection, number, &ending, &user_id);
}

static enum err
end_replaced(struct db_connection *connection, const struct addition *new)
{
	int64_t number = 0;
	enum err err;

	if (new->terms->replaced == NULL)
		return ERR_OK;
	err = db_run(connection, &find_number, DB_VALUES(
	    db_bytes(new->terms->replaced, SESSIONS_DIGEST_LEN), db_int(new->row->created_at)),
	    db_take_int, &number, NULL);
	return err == ERR_OK && number != 0
	    ? end_for(connection, new->row, number, "signed in again") : err;
}

/* The sessions of a user that are alive, and which of them was used longest ago. */
struct survey {
	int64_t now;
	const struct seen *seen;
	int64_t alive;
	int64_t idlest, idlest_used_at;
};

static enum err
look_at(const struct db_row *row, void *arg)
{
	struct survey *survey = arg;
	const struct sessions_row one = {
		.id = db_row_int(row, 0), .seen_at = db_row_near_int(row, 1),
		.idle = db_row_near_int(row, 2),
	};
	const int64_t used_at = sessions_used_at(&one, survey->seen);

	if (used_at <= survey->now - one.idle)
		return ERR_OK;
	if (survey->alive++ > 0 && used_at >= survey->idlest_used_at)
		return ERR_OK;
	survey->idlest = one.id;
	survey->idlest_used_at = used_at;
	return ERR_OK;
}

/* Leaves room for one more. */
static enum err
make_room(struct db_connection *connection, struct addition *new)
{
	const struct sessions_row *row = new->row;
	enum err err;

	for (new->made_room = 0; ; new->made_room++) {
		struct survey survey = { .now = row->created_at, .seen = new->terms->seen };

		err = db_run(connection, &list_of_user, DB_VALUES(db_int(row->user_id),
		    db_int(survey.now)), look_at, &survey, NULL);
		if (err != ERR_OK || survey.alive < SESSIONS_MAX)
			return err;
		if ((err = end_for(connection, row, survey.idlest, "room")) != ERR_OK)
			return err;
	}
}

static enum err
do_add(struct db_connection *connection, void *arg)
{
	struct addition *new = arg;
	struct sessions_row *row = new->row;
	enum err err;

	if ((err = users_note_sign_in(connection, row->user_id, new->terms->signed_out_at,
	    row->created_at)) != ERR_OK)
		return err;
	if ((err = end_replaced(connection, new)) != ERR_OK)
		return err;
	if ((err = make_room(connection, new)) != ERR_OK)
		return err;
	if ((err = insert(connection, row)) != ERR_OK)
		return err;
	if (new->terms->message != NULL &&
	    (err = outbox_add(connection, new->terms->message)) != ERR_OK)
		return err;
	if (new->terms->sign_in != NULL &&
	    (err = audits_add(connection, new->terms->sign_in)) != ERR_OK)
		return err;
	if ((err = sessions_sweep_bite(connection, new->terms->seen, row->created_at)) != ERR_OK)
		return err;
	return tidy_bite(connection, row->created_at);
}

enum err
sessions_add(struct db *db, struct sessions_row *row, const struct sessions_terms *terms,
    int64_t *made_room)
{
	struct addition new = { .row = row, .terms = terms };
	enum err err = db_transact(db, do_add, &new);

	*made_room = err == ERR_OK ? new.made_room : 0;
	return err;
}
