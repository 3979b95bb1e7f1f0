/*
 * granted: what the tests of grants have in common: a database of their own, users and grants in
 * it, and a look at it by SQL of others, and at what was written.
 */
#ifndef BEARWARD_TESTS_GRANTED_H
#define BEARWARD_TESTS_GRANTED_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

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

struct granted {
	char directory[64];
	char path[128];		/* of the database */
	struct config config;
	struct db *db;		/* open for writing */
	int64_t alice;		/* a user */
};

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
	struct granted *g = calloc(1, sizeof(*g));
	FILE *report = fopen("/dev/null", "w");

	assert_non_null(g);
	assert_non_null(report);
	strcpy(g->directory, "/tmp/bearward-grants-XXXXXX");
	assert_non_null(mkdtemp(g->directory));
	snprintf(g->path, sizeof(g->path), "%s/bearward.db", g->directory);
	g->config.state_dir = g->directory;
	g->config.storage_wait = 60000;
	g->config.journal_mode = JOURNAL_WAL;
	assert_int_equal(db_prepare(&g->config, NULL, report), ERR_OK);
	fclose(report);
	assert_int_equal(db_open(&g->config, DB_WRITE, &g->db), ERR_OK);
	g->alice = add_user(g->db, "alice");
	*state = g;
	return 0;
}

static inline int
tear_down(void **state)
{
	static const char *const names[] = {
		"bearward.db", "bearward.db-wal", "bearward.db-shm", "write.lock", "write.queue",
	};
	struct granted *g = *state;
	char path[128];

	db_close(g->db);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", g->directory, names[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(g->directory), 0);
	free(g);
	return 0;
}

/* Runs SQL as a program would that knows nothing of ours; returns a number where it gives one. */
static inline int64_t
ask(const struct granted *g, const char *format, ...)
{
	sqlite3 *sqlite = NULL;
	sqlite3_stmt *statement = NULL;
	int64_t number = 0;
	va_list args;
	char *sql;

	va_start(args, format);
	sql = sqlite3_vmprintf(format, args);
	va_end(args);
	assert_int_equal(sqlite3_open(g->path, &sqlite), SQLITE_OK);
	sqlite3_busy_timeout(sqlite, 60000);
	if (sqlite3_prepare_v2(sqlite, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(sqlite));
	if (sqlite3_step(statement) == SQLITE_ROW)
		number = sqlite3_column_int64(statement, 0);
	assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
	sqlite3_close(sqlite);
	sqlite3_free(sql);
	return number;
}

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
look_at_log(const struct granted *g)
{
	uint32_t header[12];
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/bearward.db-shm", g->directory);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	assert_int_equal(pread(fd, header, sizeof(header), 0), sizeof(header));
	(void)close(fd);
	return (struct log_state){ header[2], header[4], header[5] };
}

/* Returns how many pages were written since; there was at most one transaction. */
static inline uint32_t
pages_since(const struct granted *g, struct log_state before)
{
	struct log_state now = look_at_log(g);

	if (now.changes == before.changes)
		return 0;
	/* The log may have begun anew. */
	return now.frames > before.frames ? now.frames - before.frames : now.frames;
}

#endif
