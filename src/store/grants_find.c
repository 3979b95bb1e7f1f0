/* grants_find: reads what programs were given. A process that only checks links this alone. */
#include "store/grants.h"

#include <stdlib.h>

#include "store/users_row.h"

/* $1 is the moment, $2 the moment since which a refreshable grant must have been used. */
#define IS_USABLE "revoked_at = 0 AND expires_at > $1 AND (current IS NULL OR rotated_at > $2)"

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
