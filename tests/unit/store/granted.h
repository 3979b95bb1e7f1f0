/*
 * granted: what the tests of grants have in common: a database of their own, users and grants in
 * it, and a look at it by SQL of others, and at what was written.
 */
#ifndef BEARWARD_TESTS_GRANTED_H
#define BEARWARD_TESTS_GRANTED_H

#include "database.h"

#include <fcntl.h>

#include "store/grants.h"
#include "store/tidy.h"

enum {
	NOW = 1800000000,	/* of the tests, which never ask the clock */
	IDLE = 14 * 86400,
	TTL = 30 * 86400,
};

static const struct grants_spans spans = { .idle = IDLE, .token = 5 };
static const struct grants_terms terms = { .spans = { .idle = IDLE, .token = 5 } };
static const struct grants_spans usual_spans = { .idle = IDLE, .token = 1800 };

static inline enum err
do_add_user(struct db_connection *connection, void *user)
{
	return users_add(connection, user);
}

static inline int64_t
add_user(struct db *db, const char *name)
{
	struct user user = {
		.username = (char *)name, .username_key = (char *)name,
		.hashed_password = (char *)"x", .is_active = true, .scope = (char *)"",
		.groups = (char *)"",
	};

	assert_int_equal(db_transact(db, do_add_user, &user), ERR_OK);
	return user.id;
}

static inline int
set_up(void **state)
{
	struct database *g = calloc(1, sizeof(*g));

	assert_non_null(g);
	database_make(g, JOURNAL_WAL, 60000);
	database_open(g);
	g->alice = add_user(g->db, "alice");
	*state = g;
	return 0;
}

static inline int
tear_down(void **state)
{
	database_remove(*state, NULL);
	free(*state);
	return 0;
}

#define ask database_ask

/* Fills an id, digest or salt with a number; no two numbers give the same. */
static inline void
number_bytes(int64_t number, unsigned char *bytes, size_t size)
{
	memset(bytes, 0x5a, size);
	memcpy(bytes, &number, sizeof(number));
}

/* Makes a grant of a number, given at a moment; with a refresh token the secret of which is it. */
static inline struct grant
grant_of(int64_t number, int64_t user_id, int64_t at)
{
	struct grant grant = {
		.user_id = user_id, .client_id = (char *)"", .scope = (char *)"read write",
		.created_at = at, .expires_at = at + TTL, .network = (char *)"203.0.113.0/24",
		.agent = (char *)"Firefox on Linux", .is_refreshable = true,
	};

	number_bytes(number, grant.id, sizeof(grant.id));
	number_bytes(number, grant.current, sizeof(grant.current));
	return grant;
}

/* Makes one that ends with its access token. */
static inline struct grant
brief_grant_of(int64_t number, int64_t user_id, int64_t at)
{
	struct grant grant = grant_of(number, user_id, at);

	grant.is_refreshable = false;
	grant.expires_at = at + 1800;
	return grant;
}

/* Stores a grant that must be; returns for how many others it made room. */
static inline int64_t
store(struct db *db, const struct grant *grant)
{
	int64_t made_room = -1;

	assert_int_equal(grants_add(db, grant, &terms, &made_room), ERR_OK);
	return made_room;
}

/* Rotates the grant of a number from one secret to the next. */
static inline bool
rotate(struct db *db, int64_t number, int64_t from, int64_t to, int64_t at)
{
	unsigned char id[GRANTS_ID_LEN], salt[GRANTS_SALT_LEN];
	unsigned char shown[GRANTS_DIGEST_LEN], next[GRANTS_DIGEST_LEN];
	bool is_done = false;

	number_bytes(number, id, sizeof(id));
	number_bytes(to, salt, sizeof(salt));
	number_bytes(from, shown, sizeof(shown));
	number_bytes(to, next, sizeof(next));
	assert_int_equal(grants_rotate(db, id, shown, next, salt, at, &is_done), ERR_OK);
	return is_done;
}

/* What the -shm says of the log: how many transactions there were, and pages of the last ones. */
struct log_state {
	uint32_t changes;
	uint32_t frames;
	uint32_t database_pages;
};

/* The header of the index of the log: https://www.sqlite.org/walformat.html */
static inline struct log_state
look_at_log(const struct database *g)
{
	uint32_t header[12];
	char path[128];
	int fd;

	database_needs_sqlite();
	snprintf(path, sizeof(path), "%s/bearward.db-shm", g->directory);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	assert_int_equal(pread(fd, header, sizeof(header), 0), sizeof(header));
	(void)close(fd);
	return (struct log_state){ header[2], header[4], header[5] };
}

/* Returns how many pages were written since; there was at most one transaction. */
static inline uint32_t
pages_since(const struct database *g, struct log_state before)
{
	struct log_state now = look_at_log(g);

	if (now.changes == before.changes)
		return 0;
	/* The log may have begun anew. */
	return now.frames > before.frames ? now.frames - before.frames : now.frames;
}

#endif
