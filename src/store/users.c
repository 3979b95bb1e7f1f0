/* users: who is registered. */
#include "store/users.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

#include "base/secret.h"
#include "store/users_row.h"

enum { PAGE_SIZE = 64, HASHES_PAGE_SIZE = 4096 };	/* users read at once */

#define USER "SELECT " USERS_ROW
enum { HASH = USERS_ROW_COLUMNS };	/* comes last, where it is asked for */

static const struct db_sql find = { .text = USER " FROM users WHERE username_key = $1" };
static const struct db_sql find_by_id = { .text = USER " FROM users WHERE id = $1" };
static const struct db_sql find_with_hash = {
	.text = USER ", hashed_password FROM users WHERE username_key = $1",
};
static const struct db_sql list = {
	.text = USER " FROM users WHERE id > $1 ORDER BY id LIMIT $2",
};
static const struct db_sql list_with_hashes = {
	.text = USER ", hashed_password FROM users WHERE id > $1 ORDER BY id LIMIT $2",
};
static const struct db_sql list_hashes = {
	.text = "SELECT id, hashed_password FROM users WHERE id > $1 ORDER BY id LIMIT $2",
};
static const struct db_sql add = {
	.text = "INSERT INTO users "
		"(username, username_key, hashed_password, is_active, scope, created_at, email, "
		"display_name, is_imported, groups, email_verified) "
		"VALUES ($1, $2, $3, $4 <> 0, $5, $6, $7, $8, $9 <> 0, $10, $11 <> 0) "
		"RETURNING id",
};
static const struct db_sql set_password = {
	.text = "UPDATE users SET hashed_password = $2, password_changed_at = $3 WHERE id = $1",
};
/* Touches the row in either case, so that "no such user" can be told from "changed". */
static const struct db_sql upgrade_password = {
	.text = "UPDATE users SET hashed_password = "
		"CASE hashed_password WHEN $3 THEN $2 ELSE hashed_password END WHERE id = $1",
};
static const struct db_sql disable = {
	.text = "UPDATE users SET is_active = FALSE WHERE id = $1",
};
static const struct db_sql enable = { .text = "UPDATE users SET is_active = TRUE WHERE id = $1" };
static const struct db_sql set_scope = { .text = "UPDATE users SET scope = $2 WHERE id = $1" };
/* $5 is below 0 where it is not given. */
static const struct db_sql set_profile = {
	.text = "UPDATE users SET "
		"email = CASE WHEN $2 IS NULL THEN email ELSE nullif($2, '') END, "
		"display_name = CASE WHEN $3 IS NULL THEN display_name ELSE nullif($3, '') END, "
		"groups = coalesce($4, groups), "
		"email_verified = CASE "
		"WHEN coalesce($2, email, '') = '' THEN FALSE WHEN $5 >= 0 THEN $5 <> 0 "
		"WHEN $2 IS NULL OR $2 = email THEN email_verified ELSE FALSE END "
		"WHERE id = $1",
};
/* Where writers do not wait for each other anyway, those of one user do from here on. */
static const struct db_sql lock = {
	.text = "SELECT 1 FROM users WHERE id = $1",
	.postgresql = "SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE",
};
static const struct db_sql note_sign_in = {
	.text = "UPDATE users SET last_sign_in_at = $3 "
		"WHERE id = $1 AND is_active = TRUE AND signed_out_at = $2",
};
/* Of a user whose address is to become another. */
static const struct db_sql void_links = {
	.text = "DELETE FROM tickets WHERE user_id = "
		"(SELECT id FROM users WHERE id = $1 AND coalesce(email, '') <> $2)",
};
/* Writes what stands there already, so that on any engine no other transaction comes between. */
static const struct db_sql check_signed_out = {
	.text = "UPDATE users SET signed_out_at = $2 "
		"WHERE id = $1 AND is_active = TRUE AND signed_out_at = $2",
};
static const struct db_sql check_email = {
	.text = "UPDATE users SET signed_out_at = signed_out_at "
		"WHERE id = $1 AND is_active = TRUE AND email = $2",
};
static const struct db_sql delete = { .text = "DELETE FROM users WHERE id = $1" };

void
user_free(struct user *user)
{
	if (user == NULL)
		return;
	free(user->username);
	free(user->username_key);
	secret_free(user->hashed_password);
	free(user->scope);
	free(user->email);
	free(user->display_name);
	free(user->groups);
	free(user);
}

static enum err
take_user(const struct db_row *row, void *user)
{
	return users_row_read(row, user);
}

static enum err
take_user_with_hash(const struct db_row *row, void *arg)
{
	struct user **user = arg;
	enum err err = users_row_read(row, user);

	return err == ERR_OK ? db_row_text(row, HASH, &(*user)->hashed_password) : err;
}

/* Finds one user; a failure leaves none. */
static enum err
find_one(struct db *db, const struct db_sql *sql, const struct db_value *values, db_take *take,
    struct user **user)
{
	enum err err;

	*user = NULL;
	if ((err = db_read(db, sql, values, take, user)) == ERR_OK)
		return ERR_OK;
	user_free(*user);
	*user = NULL;
	return err;
}

enum err
users_find(struct db *db, const char *username_key, struct user **user)
{
	return find_one(db, &find, DB_VALUES(db_text(username_key)), take_user, user);
}

enum err
users_find_by_id(struct db *db, int64_t id, struct user **user)
{
	return find_one(db, &find_by_id, DB_VALUES(db_int(id)), take_user, user);
}

enum err
users_find_with_hash(struct db *db, const char *username_key, struct user **user)
{
	return find_one(db, &find_with_hash, DB_VALUES(db_text(username_key)),
	    take_user_with_hash, user);
}

struct page {
	struct user *users[PAGE_SIZE];	/* owned, also where reading failed half-way */
	size_t count;
};

static enum err
take_into_page(const struct db_row *row, void *arg)
{
	struct page *page = arg;
	enum err err = users_row_read(row, &page->users[page->count]);

	page->count += err == ERR_OK;
	return err;
}

static enum err
take_into_page_with_hash(const struct db_row *row, void *arg)
{
	struct page *page = arg;
	enum err err = take_into_page(row, arg);

	if (err != ERR_OK)
		return err;
	return db_row_text(row, HASH, &page->users[page->count - 1]->hashed_password);
}

/*
 * Visits users page by page. Visitors see a page that has been read to its end: one that is slow,
 * as a terminal may be, must not keep the database locked.
 */
static enum err
visit_pages(struct db *db, const struct db_sql *sql, db_take *take, int64_t after, int64_t limit,
    void (*visit)(const struct user *user, void *arg), void *arg)
{
	struct page page;
	enum err err;

	do {
		page.count = 0;
		err = db_read(db, sql, DB_VALUES(db_int(after),
		    db_int(limit < PAGE_SIZE ? limit : PAGE_SIZE)), take, &page);
		for (size_t i = 0; i < page.count; i++) {
			if (err == ERR_OK)
				visit(page.users[i], arg);
			after = page.users[i]->id;
			user_free(page.users[i]);
		}
		limit -= (int64_t)page.count;
	} while (err == ERR_OK && limit > 0 && page.count == PAGE_SIZE);
	return err;
}

enum err
users_list(struct db *db, int64_t after, int64_t limit,
    void (*visit)(const struct user *user, void *arg), void *arg)
{
	return visit_pages(db, &list, take_into_page, after, limit, visit, arg);
}

enum err
users_list_with_hashes(struct db *db, int64_t after, int64_t limit,
    void (*visit)(const struct user *user, void *arg), void *arg)
{
	return visit_pages(db, &list_with_hashes, take_into_page_with_hash, after, limit, visit,
	    arg);
}

struct hashes_page {
	void (*visit)(const char *hashed_password, void *arg);
	void *arg;
	int64_t last;		/* id of the last user of the page */
	int64_t count;
};

static enum err
take_hash(const struct db_row *row, void *arg)
{
	struct hashes_page *page = arg;
	char *hash = NULL;	/* owned, secret */
	enum err err;

	page->last = db_row_int(row, 0);
	page->count++;
	if ((err = db_row_text(row, 1, &hash)) == ERR_OK)
		page->visit(hash, page->arg);
	secret_free(hash);
	return err;
}

enum err
users_visit_hashes(struct db *db, void (*visit)(const char *hashed_password, void *arg), void *arg)
{
	struct hashes_page page = { .visit = visit, .arg = arg, .last = 0 };
	enum err err;

	do {
		page.count = 0;
		err = db_read(db, &list_hashes, DB_VALUES(db_int(page.last),
		    db_int(HASHES_PAGE_SIZE)), take_hash, &page);
	} while (err == ERR_OK && page.count == HASHES_PAGE_SIZE);
	return err;
}

enum err
users_explain_conflict(struct db *db, const struct user *user)
{
	struct user *present = NULL;	/* owned */
	enum err err = users_find(db, user->username_key, &present);

	if (err == ERR_OK)
		err = present != NULL ? ERR_NAME_TAKEN : ERR_CONFLICT;
	user_free(present);
	return err;
}

enum err
users_add(struct db_connection *connection, struct user *user)
{
	int64_t now = (int64_t)time(NULL);
	int64_t id = 0;
	enum err err;

	assert(user->username != NULL && user->username_key != NULL);
	assert(user->hashed_password != NULL && user->scope != NULL && user->groups != NULL);
	err = db_run(connection, &add, DB_VALUES(db_text(user->username),
	    db_text(user->username_key), db_text(user->hashed_password), db_int(user->is_active),
	    db_text(user->scope), db_int(now), db_text(user->email), db_text(user->display_name),
	    db_int(user->is_imported), db_text(user->groups), db_int(user->email_verified)),
	    db_take_int, &id, NULL);
	if (err != ERR_OK)
		return err;
	user->id = id;
	user->created_at = now;
	return ERR_OK;
}

/* What became of a statement that changes the user of one id. */
static enum err
changed_one(enum err err, int64_t rows)
{
	return err == ERR_OK && rows == 0 ? ERR_NO_USER : err;
}

static enum err
run_for_one(struct db_connection *connection, const struct db_sql *sql,
    const struct db_value *values)
{
	int64_t rows = 0;
	enum err err = db_run(connection, sql, values, NULL, NULL, &rows);

	return changed_one(err, rows);
}

enum err
users_lock(struct db_connection *connection, int64_t id)
{
	return run_for_one(connection, &lock, DB_VALUES(db_int(id)));
}

enum err
users_note_sign_in(struct db_connection *connection, int64_t id, int64_t signed_out_at,
    int64_t now)
{
	return run_for_one(connection, &note_sign_in, DB_VALUES(db_int(id),
	    db_int(signed_out_at), db_int(now)));
}

enum err
users_upgrade_password(struct db *db, int64_t id, const char *expected,
    const char *hashed_password)
{
	int64_t rows = 0;
	enum err err = db_change(db, &upgrade_password, DB_VALUES(db_int(id),
	    db_text(hashed_password), db_text(expected)), NULL, NULL, &rows);

	return changed_one(err, rows);
}

enum err
users_enable(struct db_connection *connection, int64_t id)
{
	return run_for_one(connection, &enable, DB_VALUES(db_int(id)));
}

enum err
users_set_scope(struct db_connection *connection, int64_t id, const char *scope)
{
	return run_for_one(connection, &set_scope, DB_VALUES(db_int(id), db_text(scope)));
}

enum err
users_set_profile(struct db_connection *connection, int64_t id, const struct profile *profile)
{
	const int64_t verified = profile->email_verified == PROFILE_VERIFIED_KEPT
	    ? -1 : profile->email_verified == PROFILE_VERIFIED_YES;
	enum err err = users_lock(connection, id);

	if (err == ERR_OK && profile->email != NULL)
		err = db_run(connection, &void_links, DB_VALUES(db_int(id),
		    db_text(profile->email)), NULL, NULL, NULL);
	if (err != ERR_OK)
		return err;
	return run_for_one(connection, &set_profile, DB_VALUES(db_int(id),
	    db_text(profile->email), db_text(profile->display_name), db_text(profile->groups),
	    db_int(verified)));
}

enum err
users_check_signed_out(struct db_connection *connection, int64_t id, int64_t signed_out_at)
{
	return run_for_one(connection, &check_signed_out, DB_VALUES(db_int(id),
	    db_int(signed_out_at)));
}

enum err
users_check_email(struct db_connection *connection, int64_t id, const char *email)
{
	return run_for_one(connection, &check_email, DB_VALUES(db_int(id), db_text(email)));
}

enum err
users_set_password(struct db_connection *connection, int64_t id, const char *hashed_password)
{
	return run_for_one(connection, &set_password, DB_VALUES(db_int(id),
	    db_text(hashed_password), db_int((int64_t)time(NULL))));
}

enum err
users_disable(struct db_connection *connection, int64_t id)
{
	return run_for_one(connection, &disable, DB_VALUES(db_int(id)));
}

enum err
users_delete(struct db_connection *connection, int64_t id)
{
	return run_for_one(connection, &delete, DB_VALUES(db_int(id)));
}
