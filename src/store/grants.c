/* grants: what programs were given by those who signed in. */
#include "store/grants.h"

#include <stdlib.h>

#include "store/audits.h"
#include "store/tickets.h"
#include "store/tidy.h"

/* Nothing but the end of a grant moves expires_at, so that rotations touch one page. */
#define END "UPDATE grants SET revoked_at = $1, expires_at = $1, reason = $2 " \
	"WHERE revoked_at = 0 AND expires_at > $1"
#define ENDED " RETURNING user_id, client_id"

static const struct db_sql add = {
	.text = "INSERT INTO grants (gid, user_id, client_id, scope, created_at, auth_at, "
		"expires_at, current, previous, salt, rotated_at, network, agent) "
		"VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9, $5, $10, $11)",
};
/* One that was renewed has a client that relies on it; of the others, most are forgotten. */
#define MAKE_ROOM(place) "UPDATE grants SET current = NULL, previous = NULL, salt = NULL, " \
	"reason = $2, expires_at = CASE WHEN expires_at > $7 THEN $7 ELSE expires_at END " \
	"WHERE gid IN (SELECT gid FROM grants WHERE user_id = $3 AND revoked_at = 0 " \
	"AND expires_at > $1 AND current IS NOT NULL AND rotated_at > $4 " \
	"ORDER BY rotated_at > created_at DESC, rotated_at DESC, " place " DESC " \
	"LIMIT $6 OFFSET $5)" ENDED

static const struct db_sql make_room = {
	.text = MAKE_ROOM("rowid"), .postgresql = MAKE_ROOM("number"),
};
static const struct db_sql rotate = {
	.text = "UPDATE grants SET previous = current, current = $3, salt = $4, "
		"generation = generation + 1, rotated_at = $5, "
		"run = CASE WHEN counted THEN run ELSE 0 END, counted = FALSE "
		"WHERE gid = $1 AND current = $2 AND revoked_at = 0",
};
static const struct db_sql count = {
	.text = "UPDATE grants SET run = run + 1, counted = TRUE, rotated_at = $3 "
		"WHERE gid = $1 AND generation = $2 AND counted = FALSE AND revoked_at = 0 "
		"AND current IS NOT NULL",
};
static const struct db_sql end = {
	.text = END " AND gid = $3 AND ($4 = 0 OR user_id = $4)" ENDED,
};
static const struct db_sql end_as_read = {
	.text = END " AND gid = $3 AND generation = $4 AND counted = ($5 <> 0)" ENDED,
};
static const struct db_sql end_born_in = {
	.text = END " AND session_id IN "
		"(SELECT $3 UNION ALL SELECT id FROM sessions WHERE parent_id = $3) "
		"AND replace(' ' || scope || ' ', ' offline_access ', '') = ' ' || scope || ' '"
		ENDED,
};
static const struct db_sql end_all = {
	.text = END " AND user_id = $3 AND ($4 IS NULL OR gid <> $4)",
};
static const struct db_sql void_sign_ins = {
	.text = "UPDATE users SET signed_out_at = "
		"CASE WHEN signed_out_at < $2 THEN $2 ELSE signed_out_at + 1 END WHERE id = $1 "
		"RETURNING signed_out_at",
};

/* ---- ending */

struct ended {
	int64_t user_id;		/* of the last one */
	int64_t count;
	char *client_id;		/* owned: likewise */
};

static enum err
take_ended(const struct db_row *row, void *arg)
{
	struct ended *ended = arg;

	ended->user_id = db_row_int(row, 0);
	ended->count++;
	free(ended->client_id);
	return db_row_text(row, 1, &ended->client_id);
}

/* Runs a statement that ends grants of one user, and tells the audit, if there were any. */
static enum err
end_some(struct db_connection *connection, const struct db_sql *sql,
    const struct db_value *values, const struct grants_ending *ending, struct ended *ended)
{
	struct audits_row row = {
		.at = ending->now, .event = ending->event, .actor = ending->actor,
		.network = ending->network, .detail = ending->detail,
		.join = ending->join,
	};
	enum err err;

	*ended = (struct ended){0};
	err = db_run(connection, sql, values, take_ended, ended, NULL);
	if (err == ERR_OK && ended->count > 0) {
		row.user_id = ended->user_id;
		row.client_id = ended->client_id;
		row.count = ended->count;
		err = audits_add(connection, &row);
		if (err == ERR_OK && ending->message != NULL)
			err = outbox_add(connection, ending->message);
	}
	free(ended->client_id);
	ended->client_id = NULL;
	return err;
}

/* An end, in one transaction. */
struct end_work {
	const struct db_sql *sql;
	const struct db_value *values;
	const struct grants_ending *ending;
	struct ended ended;
};

static enum err
do_end(struct db_connection *connection, void *arg)
{
	struct end_work *work = arg;
	enum err err = end_some(connection, work->sql, work->values, work->ending, &work->ended);

	return err == ERR_OK ? tidy_bite(connection, work->ending->now) : err;
}

enum err
grants_end(struct db *db, const unsigned char id[GRANTS_ID_LEN], int64_t of_user,
    const struct grants_ending *ending, int64_t *user_id)
{
	struct end_work work = { .sql = &end, .ending = ending, .values = DB_VALUES(
	    db_int(ending->now), db_text(ending->reason), db_bytes(id, GRANTS_ID_LEN),
	    db_int(of_user)) };
	enum err err = db_transact(db, do_end, &work);

	*user_id = err == ERR_OK ? work.ended.user_id : 0;
	return err;
}

enum err
grants_end_as_read(struct db *db, const struct grant *grant, const struct grants_ending *ending,
    bool *is_done)
{
	struct end_work work = { .sql = &end_as_read, .ending = ending, .values = DB_VALUES(
	    db_int(ending->now), db_text(ending->reason), db_bytes(grant->id, GRANTS_ID_LEN),
	    db_int(grant->generation), db_int(grant->is_counted)) };
	enum err err = db_transact(db, do_end, &work);

	*is_done = err == ERR_OK && work.ended.count > 0;
	return err;
}

enum err
grants_end_born_in(struct db_connection *connection, int64_t session,
    const struct grants_ending *ending)
{
	struct grants_ending of_grants = *ending;
	struct ended ended;

	of_grants.event = "grant ended";
	of_grants.detail = ending->reason;
	return end_some(connection, &end_born_in, DB_VALUES(db_int(ending->now),
	    db_text(ending->reason), db_int(session)), &of_grants, &ended);
}

enum err
grants_end_all(struct db_connection *connection, int64_t user_id, const unsigned char *kept,
    const struct grants_ending *ending, struct grants_ended *ended)
{
	struct audits_row row = {
		.at = ending->now, .event = ending->event, .user_id = user_id,
		.actor = ending->actor, .client_id = "", .network = ending->network,
		.detail = ending->detail,
	};
	int64_t users = 0;
	enum err err;

	*ended = (struct grants_ended){0};
	err = db_run(connection, &void_sign_ins, DB_VALUES(db_int(user_id),
	    db_int(ending->now)), db_take_int, &ended->signed_out_at, &users);
	if (err == ERR_OK && users == 0)
		return ERR_NO_USER;
	if (err == ERR_OK)
		err = db_run(connection, &end_all, DB_VALUES(db_int(ending->now),
		    db_text(ending->reason), db_int(user_id),
		    db_bytes(kept, GRANTS_ID_LEN)), NULL, NULL, &ended->grants);
	if (err == ERR_OK)
		err = tickets_remove_all(connection, user_id);
	if (err == ERR_OK && ended->grants > 0) {
		row.count = ended->grants;
		err = audits_add(connection, &row);
	}
	return err == ERR_OK ? tidy_bite(connection, ending->now) : err;
}

/* ---- adding */

struct addition {
	const struct grant *grant;
	const struct grants_terms *terms;
	int64_t made_room;
};

static enum err
insert(struct db_connection *connection, const struct grant *grant)
{
	const bool has_token = grant->is_refreshable;

	return db_run(connection, &add, DB_VALUES(
	    db_bytes(grant->id, GRANTS_ID_LEN), db_int(grant->user_id),
	    db_text(grant->client_id), db_text(grant->scope), db_int(grant->created_at),
	    db_int(grant->expires_at),
	    db_bytes(has_token ? grant->current : NULL, GRANTS_DIGEST_LEN),
	    db_bytes(has_token ? grant->previous : NULL, GRANTS_DIGEST_LEN),
	    db_bytes(has_token ? grant->salt : NULL, GRANTS_SALT_LEN),
	    db_text(grant->network), db_text(grant->agent)), NULL, NULL, NULL);
}

/*
 * Leaves room for one more grant with a refresh token. The others keep their access tokens: who
 * signs in again and again, and never refreshes, does not notice.
 */
static enum err
clear_room(struct db_connection *connection, struct addition *new)
{
	const struct grant *grant = new->grant;
	const struct grants_ending ending = {
		.now = grant->created_at, .event = "refresh ended", .reason = "room",
		.actor = "", .network = grant->network, .detail = "room",
		.join = AUDITS_JOINS_NEAR,
	};
	struct ended ended;
	enum err err = end_some(connection, &make_room, DB_VALUES(db_int(ending.now),
	    db_text(ending.reason), db_int(grant->user_id),
	    db_int(ending.now - new->terms->spans.idle),
	    db_int(GRANTS_REFRESHABLE_MAX - 1), db_int(INT32_MAX),
	    db_int(ending.now + new->terms->spans.token)), &ending, &ended);

	new->made_room = ended.count;
	return err;
}

static enum err
do_add(struct db_connection *connection, void *arg)
{
	struct addition *new = arg;
	const struct grant *grant = new->grant;
	enum err err = users_note_sign_in(connection, grant->user_id, new->terms->signed_out_at,
	    grant->created_at);

	new->made_room = 0;
	if (err == ERR_OK && grant->is_refreshable)
		err = clear_room(connection, new);
	if (err == ERR_OK)
		err = insert(connection, grant);
	if (err == ERR_OK && new->terms->sign_in != NULL)
		err = audits_add(connection, new->terms->sign_in);
	return err == ERR_OK ? tidy_bite(connection, grant->created_at) : err;
}

enum err
grants_add(struct db *db, const struct grant *grant, const struct grants_terms *terms,
    int64_t *made_room)
{
	struct addition new = { .grant = grant, .terms = terms };
	enum err err = db_transact(db, do_add, &new);

	*made_room = err == ERR_OK ? new.made_room : 0;
	return err;
}

/* ---- refreshing */

/* Runs a statement that changes one row, or none. */
static enum err
change_if(struct db *db, const struct db_sql *sql, const struct db_value *values, bool *is_done)
{
	int64_t rows = 0;
	enum err err = db_change(db, sql, values, NULL, NULL, &rows);

	*is_done = err == ERR_OK && rows > 0;
	return err;
}

enum err
grants_rotate(struct db *db, const unsigned char id[GRANTS_ID_LEN],
    const unsigned char shown[GRANTS_DIGEST_LEN], const unsigned char next[GRANTS_DIGEST_LEN],
    const unsigned char salt[GRANTS_SALT_LEN], int64_t now, bool *is_done)
{
	return change_if(db, &rotate, DB_VALUES(db_bytes(id, GRANTS_ID_LEN),
	    db_bytes(shown, GRANTS_DIGEST_LEN), db_bytes(next, GRANTS_DIGEST_LEN),
	    db_bytes(salt, GRANTS_SALT_LEN), db_int(now)), is_done);
}

enum err
grants_count(struct db *db, const unsigned char id[GRANTS_ID_LEN], int64_t generation,
    int64_t now, bool *is_done)
{
	return change_if(db, &count, DB_VALUES(db_bytes(id, GRANTS_ID_LEN), db_int(generation),
	    db_int(now)), is_done);
}
