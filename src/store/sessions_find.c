/* sessions_find: reads the browsers that are signed in. A process that only checks links this. */
#include "store/sessions_internal.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "store/users_row.h"

enum { PAGE_SIZE = 64 };	/* sessions of a list that are in memory at once */

/* What read_pair() expects. */
#define PAIR "SELECT " USERS_ROW ", sessions.id, digest, sessions.created_at, auth_at, " \
	"seen_at, idle, expires_at, network, agent FROM sessions " \
	"JOIN users ON users.id = sessions.user_id "

static const struct db_sql find = { .text = PAIR "WHERE digest = $1 AND expires_at > $2" };
static const struct db_sql find_by_id = {
	.text = PAIR "WHERE digest BETWEEN $1 AND $3 AND expires_at > $2",
};

#define LISTED PAIR "WHERE sessions.id < $2 AND users.is_active = TRUE"
#define NEWEST_FIRST " ORDER BY sessions.id DESC LIMIT $3"

/* Read in their order: "+" keeps the index of ends, and a sort of them all, out of this. */
static const struct db_sql list = { .text = LISTED " AND +expires_at > $1" NEWEST_FIRST };
static const struct db_sql list_of_user = {
	.text = LISTED " AND user_id = $4 AND expires_at > $1" NEWEST_FIRST,
};
static const struct db_sql find_number = {
	.text = "SELECT id FROM sessions WHERE digest BETWEEN $1 AND $2",
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

int64_t
sessions_used_at(const struct sessions_row *row, const struct seen *seen)
{
	const int64_t noted = seen != NULL ? seen_at(seen, row->id) : 0;

	return noted > row->seen_at ? noted : row->seen_at;
}

enum { ID = USERS_ROW_COLUMNS, DIGEST, CREATED_AT, AUTH_AT, SEEN_AT, IDLE, EXPIRES_AT, NETWORK,
	AGENT };

static enum err
read_row(const struct db_row *row, struct sessions_row *session)
{
	size_t len = 0;
	enum err err = db_row_bytes(row, DIGEST, session->digest, SESSIONS_DIGEST_LEN, &len);

	if (err != ERR_OK)
		return err;
	session->id = db_row_int(row, ID);
	session->created_at = db_row_near_int(row, CREATED_AT);
	session->auth_at = db_row_near_int(row, AUTH_AT);
	session->seen_at = db_row_near_int(row, SEEN_AT);
	session->idle = db_row_near_int(row, IDLE);
	session->expires_at = db_row_near_int(row, EXPIRES_AT);
	if ((err = db_row_text(row, NETWORK, &session->network)) != ERR_OK)
		return err;
	return db_row_text(row, AGENT, &session->agent);
}

struct pair {
	struct sessions_row *row;	/* owned */
	struct user *user;		/* owned */
};

static void
clear_pair(struct pair *pair)
{
	sessions_row_free(pair->row);
	user_free(pair->user);
	*pair = (struct pair){0};
}

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

/* Finds one session; a failure leaves none. */
static enum err
find_one(struct db *db, const struct db_sql *sql, const struct db_value *values,
    struct sessions_row **row, struct user **user)
{
	struct pair found = {0};
	enum err err = db_read(db, sql, values, take_pair, &found);

	if (err != ERR_OK)
		clear_pair(&found);
	*row = found.row;
	*user = found.user;
	return err;
}

enum err
sessions_find(struct db *db, const unsigned char digest[SESSIONS_DIGEST_LEN], int64_t now,
    struct sessions_row **row, struct user **user)
{
	return find_one(db, &find, DB_VALUES(db_bytes(digest, SESSIONS_DIGEST_LEN), db_int(now)),
	    row, user);
}

struct sessions_bound
sessions_last_digest(const unsigned char id[SESSIONS_ID_LEN])
{
	struct sessions_bound last;

	memset(last.bytes, 0xff, sizeof(last.bytes));
	memcpy(last.bytes, id, SESSIONS_ID_LEN);
	return last;
}

enum err
sessions_find_by_id(struct db *db, const unsigned char id[SESSIONS_ID_LEN], int64_t now,
    struct sessions_row **row, struct user **user)
{
	const struct sessions_bound last = sessions_last_digest(id);

	return find_one(db, &find_by_id, DB_VALUES(db_bytes(id, SESSIONS_ID_LEN), db_int(now),
	    db_bytes(last.bytes, SESSIONS_DIGEST_LEN)), row, user);
}

struct page {
	struct pair pairs[PAGE_SIZE];	/* owned, also where reading failed half-way */
	size_t count;
	int64_t last;			/* number of the last one */
};

static enum err
take_into_page(const struct db_row *row, void *arg)
{
	struct page *page = arg;

	page->last = db_row_int(row, ID);
	return take_pair(row, &page->pairs[page->count++]);
}

/* Finds where a list begins. */
static enum err
begin_list(struct db *db, const unsigned char *after, int64_t *before)
{
	struct sessions_bound last;
	enum err err;

	*before = INT64_MAX;
	if (after == NULL)
		return ERR_OK;
	last = sessions_last_digest(after);
	err = db_read(db, &find_number, DB_VALUES(db_bytes(after, SESSIONS_ID_LEN),
	    db_bytes(last.bytes, SESSIONS_DIGEST_LEN)), db_take_int, before);
	return err == ERR_OK && *before == INT64_MAX ? ERR_REFUSED : err;
}

static enum err
read_page(struct db *db, const struct sessions_list *list_of, struct page *page)
{
	const struct db_value now = db_int(list_of->now), before = db_int(page->last);

	page->count = 0;
	if (list_of->user_id == 0)
		return db_read(db, &list, DB_VALUES(now, before, db_int(PAGE_SIZE)),
		    take_into_page, page);
	return db_read(db, &list_of_user, DB_VALUES(now, before, db_int(PAGE_SIZE),
	    db_int(list_of->user_id)), take_into_page, page);
}

/* No statement knows which sessions are left alone: those are passed over here. */
static bool
is_left_alone(const struct sessions_list *list_of, const struct sessions_row *row)
{
	return sessions_used_at(row, list_of->seen) <= list_of->now - row->idle;
}

enum err
sessions_list(struct db *db, const struct sessions_list *list_of, sessions_visit *visit,
    void *arg)
{
	int64_t left = list_of->limit;
	struct page page = {0};
	enum err err;

	if ((err = begin_list(db, list_of->after, &page.last)) != ERR_OK)
		return err;
	do {
		err = read_page(db, list_of, &page);
		for (size_t i = 0; i < page.count; i++) {
			struct pair *pair = &page.pairs[i];

			if (err == ERR_OK && left > 0 && !is_left_alone(list_of, pair->row)) {
				visit(pair->row, pair->user, arg);
				left--;
			}
			clear_pair(pair);
		}
	} while (err == ERR_OK && left > 0 && page.count == PAGE_SIZE);
	return err;
}
