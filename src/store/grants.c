/* grants: what programs were given by those who signed in. */
#include "store/grants.h"

#include <stdlib.h>

#include "store/audits.h"
#include "store/tidy.h"
#include "store/users_row.h"

/* Nothing but the end of a grant moves expires_at, so that rotations touch one page. */
#define END "UPDATE grants SET revoked_at = $1, expires_at = $1, reason = $2 " \
	"WHERE revoked_at = 0 AND expires_at > $1"
#define ENDED " RETURNING user_id, client_id"

/* $1 is the moment, $2 the moment since which a refreshable grant must have been used. */
#define IS_USABLE "revoked_at = 0 AND expires_at > $1 AND (current IS NULL OR rotated_at > $2)"

static const struct db_sql add = {
	.text = "INSERT INTO grants (gid, user_id, client_id, scope, created_at, auth_at, "
		"expires_at, current, previous, salt, rotated_at, network, agent) "
		"SELECT $1, id, $3, $4, $5, $5, $6, $7, $8, $9, $5, $10, $11 FROM users "
		"WHERE id = $2 AND is_active = 1 AND signed_out_at = $12",
};
static const struct db_sql note_sign_in = {
	.text = "UPDATE users SET last_sign_in_at = $2 WHERE id = $1",
};
static const struct db_sql make_room = {
	.text = END " AND gid IN (SELECT gid FROM grants WHERE user_id = $3 AND revoked_at = 0 "
		"AND expires_at > $1 AND current IS NOT NULL AND rotated_at > $4 "
		"ORDER BY rotated_at DESC LIMIT $6 OFFSET $5)" ENDED,
};
static const struct db_sql find = {
	.text = "SELECT " USERS_ROW ", gid, grants.scope, client_id, grants.created_at, "
		"expires_at, revoked_at, current, previous, salt, generation, rotated_at, run, "
		"counted, network, agent FROM grants JOIN users ON users.id = grants.user_id "
		"WHERE gid = $1",
};
static const struct db_sql find_bearer = {
	.text = "SELECT " USERS_ROW ", EXISTS (SELECT 1 FROM grants WHERE gid = $4 AND "
		"user_id = users.id AND " IS_USABLE ") AND NOT EXISTS "
		"(SELECT 1 FROM dead_tokens WHERE jti = $5) FROM users WHERE id = $3",
};
static const struct db_sql find_older_bearer = {
	.text = "SELECT " USERS_ROW ", $2 >= created_at AND $2 > signed_out_at AND "
		"EXISTS (SELECT 1 FROM moments WHERE name = 'grants' AND at + $5 > $1) AND "
		"NOT EXISTS (SELECT 1 FROM dead_tokens WHERE jti = $4) FROM users WHERE id = $3",
};
static const struct db_sql rotate = {
	.text = "UPDATE grants SET previous = current, current = $3, salt = $4, "
		"generation = generation + 1, rotated_at = $5, "
		"run = CASE counted WHEN 1 THEN run ELSE 0 END, counted = 0 "
		"WHERE gid = $1 AND current = $2 AND revoked_at = 0",
};
static const struct db_sql count = {
	.text = "UPDATE grants SET run = run + 1, counted = 1 "
		"WHERE gid = $1 AND generation = $2 AND counted = 0 AND revoked_at = 0",
};
static const struct db_sql end = {
	.text = END " AND gid = $3 AND ($4 = 0 OR user_id = $4)" ENDED,
};
static const struct db_sql end_as_read = {
	.text = END " AND gid = $3 AND generation = $4 AND counted = $5" ENDED,
};
static const struct db_sql end_all = { .text = END " AND user_id = $3" };
static const struct db_sql void_sign_ins = {
	.text = "UPDATE users SET signed_out_at = "
		"CASE WHEN signed_out_at < $2 THEN $2 ELSE signed_out_at + 1 END WHERE id = $1",
};

void
grant_free(struct grant *grant)
{
	if (grant == NULL)
		return;
	free(grant->client_id);
	free(grant->scope);
	free(grant->network);
	free(grant->agent);
	free(grant);
}

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
	};
	enum err err;

	*ended = (struct ended){0};
	err = db_run(connection, sql, values, take_ended, ended, NULL);
	if (err == ERR_OK && ended->count > 0) {
		row.user_id = ended->user_id;
		row.client_id = ended->client_id;
		row.count = ended->count;
		err = audits_add(connection, &row);
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
grants_end_all(struct db_connection *connection, int64_t user_id,
    const struct grants_ending *ending, int64_t *ended)
{
	struct audits_row row = {
		.at = ending->now, .event = ending->event, .user_id = user_id,
		.actor = ending->actor, .network = ending->network, .detail = ending->detail,
	};
	enum err err;

	*ended = 0;
	err = db_run(connection, &end_all, DB_VALUES(db_int(ending->now),
	    db_text(ending->reason), db_int(user_id)), NULL, NULL, ended);
	if (err == ERR_OK)
		err = db_run(connection, &void_sign_ins, DB_VALUES(db_int(user_id),
		    db_int(ending->now)), NULL, NULL, NULL);
	if (err != ERR_OK || *ended == 0)
		return err;
	row.count = *ended;
	return audits_add(connection, &row);
}

/* ---- adding */

struct addition {
	const struct grant *grant;
	int64_t signed_out_at, idle;
	int64_t made_room;
};

static enum err
insert(struct db_connection *connection, const struct addition *new)
{
	const struct grant *grant = new->grant;
	const bool has_token = grant->is_refreshable;
	int64_t rows = 0;
	enum err err = db_run(connection, &add, DB_VALUES(
	    db_bytes(grant->id, GRANTS_ID_LEN), db_int(grant->user_id),
	    db_text(grant->client_id), db_text(grant->scope), db_int(grant->created_at),
	    db_int(grant->expires_at),
	    db_bytes(has_token ? grant->current : NULL, GRANTS_DIGEST_LEN),
	    db_bytes(has_token ? grant->previous : NULL, GRANTS_DIGEST_LEN),
	    db_bytes(has_token ? grant->salt : NULL, GRANTS_SALT_LEN),
	    db_text(grant->network), db_text(grant->agent), db_int(new->signed_out_at)),
	    NULL, NULL, &rows);

	return err == ERR_OK && rows == 0 ? ERR_NO_USER : err;
}

/* Leaves room for one more grant with a refresh token. */
static enum err
clear_room(struct db_connection *connection, struct addition *new)
{
	const struct grant *grant = new->grant;
	const struct grants_ending ending = {
		.now = grant->created_at, .event = "grant ended", .reason = "room",
		.actor = "", .network = grant->network, .detail = "room",
	};
	struct ended ended;
	enum err err = end_some(connection, &make_room, DB_VALUES(db_int(ending.now),
	    db_text(ending.reason), db_int(grant->user_id), db_int(ending.now - new->idle),
	    db_int(GRANTS_REFRESHABLE_MAX - 1), db_int(INT32_MAX)), &ending, &ended);

	new->made_room = ended.count;
	return err;
}

static enum err
do_add(struct db_connection *connection, void *arg)
{
	struct addition *new = arg;
	const struct grant *grant = new->grant;
	enum err err;

	new->made_room = 0;
	if (grant->is_refreshable && (err = clear_room(connection, new)) != ERR_OK)
		return err;
	if ((err = insert(connection, new)) != ERR_OK)
		return err;
	err = db_run(connection, &note_sign_in, DB_VALUES(db_int(grant->user_id),
	    db_int(grant->created_at)), NULL, NULL, NULL);
	return err == ERR_OK ? tidy_bite(connection, grant->created_at) : err;
}

enum err
grants_add(struct db *db, const struct grant *grant, int64_t signed_out_at, int64_t idle,
    int64_t *made_room)
{
	struct addition new = { .grant = grant, .signed_out_at = signed_out_at, .idle = idle };
	enum err err = db_transact(db, do_add, &new);

	*made_room = err == ERR_OK ? new.made_room : 0;
	return err;
}

/* ---- finding */

enum { GID = USERS_ROW_COLUMNS, SCOPE, CLIENT_ID, CREATED_AT, EXPIRES_AT, REVOKED_AT, CURRENT,
	PREVIOUS, SALT, GENERATION, ROTATED_AT, RUN, COUNTED, NETWORK, AGENT };

/* Reads bytes of which the column has exactly so many. */
static enum err
read_bytes(const struct db_row *row, int column, unsigned char *bytes, size_t size)
{
	size_t len = 0;
	enum err err = db_row_bytes(row, column, bytes, size, &len);

	return err == ERR_OK && len != size ? ERR_STORAGE : err;
}

static enum err
read_refresh(const struct db_row *row, struct grant *grant)
{
	enum err err;

	grant->is_refreshable = !db_row_is_null(row, CURRENT);
	grant->generation = db_row_int(row, GENERATION);
	grant->rotated_at = db_row_int(row, ROTATED_AT);
	grant->run = db_row_int(row, RUN);
	grant->is_counted = db_row_int(row, COUNTED) == 1;
	if (!grant->is_refreshable)
		return ERR_OK;
	if ((err = read_bytes(row, CURRENT, grant->current, GRANTS_DIGEST_LEN)) != ERR_OK)
		return err;
	if ((err = read_bytes(row, PREVIOUS, grant->previous, GRANTS_DIGEST_LEN)) != ERR_OK)
		return err;
	return read_bytes(row, SALT, grant->salt, GRANTS_SALT_LEN);
}

static enum err
read_grant(const struct db_row *row, struct grant *grant)
{
	enum err err;

	if ((err = read_bytes(row, GID, grant->id, GRANTS_ID_LEN)) != ERR_OK)
		return err;
	grant->created_at = db_row_int(row, CREATED_AT);
	grant->expires_at = db_row_int(row, EXPIRES_AT);
	grant->revoked_at = db_row_int(row, REVOKED_AT);
	if ((err = db_row_text(row, SCOPE, &grant->scope)) != ERR_OK)
		return err;
	if ((err = db_row_text(row, CLIENT_ID, &grant->client_id)) != ERR_OK)
		return err;
	if ((err = db_row_text(row, NETWORK, &grant->network)) != ERR_OK)
		return err;
	if ((err = db_row_text(row, AGENT, &grant->agent)) != ERR_OK)
		return err;
	return read_refresh(row, grant);
}

struct found {
	struct grant *grant;		/* owned */
	struct user *user;		/* owned */
};

static enum err
take_grant(const struct db_row *row, void *arg)
{
	struct found *found = arg;
	enum err err;

	if ((err = users_row_read(row, &found->user)) != ERR_OK)
		return err;
	if ((found->grant = calloc(1, sizeof(*found->grant))) == NULL)
		return ERR_MEMORY;
	found->grant->user_id = found->user->id;
	return read_grant(row, found->grant);
}

enum err
grants_find(struct db *db, const unsigned char id[GRANTS_ID_LEN], struct grant **grant,
    struct user **user)
{
	struct found found = {0};
	enum err err = db_read(db, &find, DB_VALUES(db_bytes(id, GRANTS_ID_LEN)), take_grant,
	    &found);

	if (err != ERR_OK) {
		grant_free(found.grant);
		user_free(found.user);
		found = (struct found){0};
	}
	*grant = found.grant;
	*user = found.user;
	return err;
}

struct bearer {
	struct user *user;		/* owned */
	bool is_alive;
};

static enum err
take_bearer(const struct db_row *row, void *arg)
{
	struct bearer *bearer = arg;

	bearer->is_alive = db_row_int(row, USERS_ROW_COLUMNS) == 1;
	return users_row_read(row, &bearer->user);
}

enum err
grants_find_bearer(struct db *db, const struct grants_claim *claim, int64_t now, int64_t idle,
    int64_t ttl, struct user **user, bool *is_alive)
{
	const struct db_value uid = db_int(claim->uid), jti = db_bytes(claim->jti, GRANTS_ID_LEN);
	struct bearer bearer = {0};
	enum err err;

	if (claim->gid != NULL)
		err = db_read(db, &find_bearer, DB_VALUES(db_int(now), db_int(now - idle), uid,
		    db_bytes(claim->gid, GRANTS_ID_LEN), jti), take_bearer, &bearer);
	else
		err = db_read(db, &find_older_bearer, DB_VALUES(db_int(now),
		    db_int(claim->issued_at), uid, jti, db_int(ttl)), take_bearer, &bearer);
	if (err != ERR_OK) {
		user_free(bearer.user);
		bearer = (struct bearer){0};
	}
	*user = bearer.user;
	*is_alive = bearer.is_alive;
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
    bool *is_done)
{
	return change_if(db, &count, DB_VALUES(db_bytes(id, GRANTS_ID_LEN), db_int(generation)),
	    is_done);
}
