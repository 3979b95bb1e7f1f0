/* grants_find: reads what programs were given. A process that only checks links this alone. */
#include "store/grants.h"

#include <stdlib.h>

#include "store/users_row.h"

enum { PAGE_SIZE = 512 };	/* grants of a list that are in memory at once */

/* $1 is the moment, $2 the moment since which a refreshable grant must have been used. */
#define IS_USABLE "revoked_at = 0 AND expires_at > $1 AND (current IS NULL OR rotated_at > $2)"

/* What read_pair() expects. */
#define PAIR "SELECT " USERS_ROW ", gid, grants.scope, client_id, grants.created_at, " \
	"expires_at, revoked_at, current, previous, salt, generation, rotated_at, run, counted, " \
	"network, agent"
#define OF_PAIR " FROM grants JOIN users ON users.id = grants.user_id "

static const struct db_sql find = { .text = PAIR OF_PAIR "WHERE gid = $1" };

/* Rows are in the order in which they were stored. */
#define LISTED(place, condition) PAIR ", grants." place OF_PAIR "WHERE grants." place " < $3 " \
	"AND users.is_active = TRUE AND revoked_at = 0 " \
	"AND (current IS NULL OR rotated_at > $2) AND " condition \
	" ORDER BY grants." place " DESC LIMIT $4"
/* Read in their order: "+" keeps the index of ends, and a sort of them all, out of this. */
#define LIST(place) LISTED(place, "+expires_at > $1")
#define LIST_OF_USER(place) LISTED(place, "user_id = $5 AND expires_at > $1")
#define FIND_PLACE(place) "SELECT " place " FROM grants WHERE gid = $1"

static const struct db_sql list = { .text = LIST("rowid"), .postgresql = LIST("number") };
static const struct db_sql list_of_user = {
	.text = LIST_OF_USER("rowid"), .postgresql = LIST_OF_USER("number"),
};
static const struct db_sql find_place = {
	.text = FIND_PLACE("rowid"), .postgresql = FIND_PLACE("number"),
};
static const struct db_sql find_bearer = {
	.text = "SELECT " USERS_ROW ", (SELECT auth_at FROM grants WHERE gid = $4 AND "
		"user_id = users.id AND " IS_USABLE " AND NOT EXISTS "
		"(SELECT 1 FROM dead_tokens WHERE jti = $5)) FROM users WHERE id = $3",
};
static const struct db_sql find_older_bearer = {
	.text = "SELECT " USERS_ROW ", CASE WHEN $2 >= created_at AND $2 > signed_out_at AND "
		"EXISTS (SELECT 1 FROM moments WHERE name = 'grants' AND at + $5 > $1) AND "
		"NOT EXISTS (SELECT 1 FROM dead_tokens WHERE jti = $4) THEN $2 END "
		"FROM users WHERE id = $3",
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
	PREVIOUS, SALT, GENERATION, ROTATED_AT, RUN, COUNTED, NETWORK, AGENT, PLACE };

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
	grant->generation = db_row_near_int(row, GENERATION);
	grant->rotated_at = db_row_near_int(row, ROTATED_AT);
	grant->run = db_row_near_int(row, RUN);
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
	grant->created_at = db_row_near_int(row, CREATED_AT);
	grant->expires_at = db_row_near_int(row, EXPIRES_AT);
	grant->revoked_at = db_row_near_int(row, REVOKED_AT);
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

struct pair {
	struct grant *grant;		/* owned */
	struct user *user;		/* owned */
};

static void
clear_pair(struct pair *pair)
{
	grant_free(pair->grant);
	user_free(pair->user);
	*pair = (struct pair){0};
}

/* A failure may leave a part of it. */
static enum err
read_pair(const struct db_row *row, struct pair *pair)
{
	enum err err;

	if ((err = users_row_read(row, &pair->user)) != ERR_OK)
		return err;
	if ((pair->grant = calloc(1, sizeof(*pair->grant))) == NULL)
		return ERR_MEMORY;
	pair->grant->user_id = pair->user->id;
	return read_grant(row, pair->grant);
}

static enum err
take_pair(const struct db_row *row, void *arg)
{
	return read_pair(row, arg);
}

enum err
grants_find(struct db *db, const unsigned char id[GRANTS_ID_LEN], struct grant **grant,
    struct user **user)
{
	struct pair found = {0};
	enum err err = db_read(db, &find, DB_VALUES(db_bytes(id, GRANTS_ID_LEN)), take_pair,
	    &found);

	if (err != ERR_OK)
		clear_pair(&found);
	*grant = found.grant;
	*user = found.user;
	return err;
}

struct page {
	struct pair pairs[PAGE_SIZE];	/* owned, also where reading failed half-way */
	size_t count;
	int64_t last;			/* place of the last one */
};

static enum err
take_into_page(const struct db_row *row, void *arg)
{
	struct page *page = arg;

	page->last = db_row_int(row, PLACE);
	return read_pair(row, &page->pairs[page->count++]);
}

/* Finds where a list begins. */
static enum err
begin_list(struct db *db, const unsigned char *after, int64_t *before)
{
	enum err err;

	*before = INT64_MAX;
	if (after == NULL)
		return ERR_OK;
	err = db_read(db, &find_place, DB_VALUES(db_bytes(after, GRANTS_ID_LEN)), db_take_int,
	    before);
	return err == ERR_OK && *before == INT64_MAX ? ERR_REFUSED : err;
}

/* Reads the next page of a list. */
static enum err
read_page(struct db *db, const struct grants_list *list_of, int64_t limit, struct page *page)
{
	const struct db_value size = db_int(limit < PAGE_SIZE ? limit : PAGE_SIZE);
	const struct db_value now = db_int(list_of->now);
	const struct db_value used_since = db_int(list_of->now - list_of->idle);
	const struct db_value before = db_int(page->last);

	page->count = 0;
	if (list_of->user_id == 0)
		return db_read(db, &list, DB_VALUES(now, used_since, before, size),
		    take_into_page, page);
	return db_read(db, &list_of_user, DB_VALUES(now, used_since, before, size,
	    db_int(list_of->user_id)), take_into_page, page);
}

enum err
grants_list(struct db *db, const struct grants_list *list_of, grants_visit *visit, void *arg)
{
	int64_t left = list_of->limit;
	struct page page = {0};
	enum err err;

	if ((err = begin_list(db, list_of->after, &page.last)) != ERR_OK)
		return err;
	do {
		err = read_page(db, list_of, left, &page);
		for (size_t i = 0; i < page.count; i++) {
			if (err == ERR_OK)
				visit(page.pairs[i].grant, page.pairs[i].user, arg);
			clear_pair(&page.pairs[i]);
		}
		left -= (int64_t)page.count;
	} while (err == ERR_OK && left > 0 && page.count == PAGE_SIZE);
	return err;
}

/* The last column is when the user signed in, or NULL where the token is not alive. */
static enum err
take_bearer(const struct db_row *row, void *arg)
{
	struct grants_bearer *bearer = arg;

	bearer->is_alive = !db_row_is_null(row, USERS_ROW_COLUMNS);
	bearer->auth_at = db_row_near_int(row, USERS_ROW_COLUMNS);
	return users_row_read(row, &bearer->user);
}

enum err
grants_find_bearer(struct db *db, const struct grants_claim *claim, int64_t now,
    const struct grants_spans *spans, struct grants_bearer *bearer)
{
	const struct db_value uid = db_int(claim->uid), jti = db_bytes(claim->jti, GRANTS_ID_LEN);
	const struct db_value at = db_int(now), used_since = db_int(now - spans->idle);
	enum err err;

	*bearer = (struct grants_bearer){0};
	if (claim->gid != NULL)
		err = db_read(db, &find_bearer, DB_VALUES(at, used_since, uid,
		    db_bytes(claim->gid, GRANTS_ID_LEN), jti), take_bearer, bearer);
	else
		err = db_read(db, &find_older_bearer, DB_VALUES(at, db_int(claim->issued_at), uid,
		    jti, db_int(spans->token)), take_bearer, bearer);
	if (err != ERR_OK) {
		user_free(bearer->user);
		*bearer = (struct grants_bearer){0};
	}
	return err;
}
