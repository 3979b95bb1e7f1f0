/* test_sessions: browsers that are signed in: added, found, listed, swept and ended. */
#include "granted.h"

#include <signal.h>
#include <sys/wait.h>

#include "store/sessions.h"
#include "store/sessions_fold.h"
#include "store/sessions_sweep.h"

enum {
	HOUR = 3600,
	SESSION_IDLE = 12 * HOUR, SESSION_TTL = 24 * HOUR,
	PROCESSES = 4,
};

static const struct grants_ending because = {
	.now = NOW + 1, .event = "session ended", .reason = "signed out", .actor = "1",
	.network = "", .detail = "signed out",
};

/* Opens the file of uses beside the database. */
static struct seen *
open_seen(const struct database *g)
{
	struct seen *seen = NULL;
	char path[128];

	snprintf(path, sizeof(path), "%s/seen", g->directory);
	assert_int_equal(seen_open(path, &seen), ERR_OK);
	return seen;
}

static int
tear_down_with_seen(void **state)
{
	const struct database *g = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/seen", g->directory);
	(void)unlink(path);
	return tear_down(state);
}

/* Makes a session of a number, that began at a moment. */
static struct sessions_row
session_of(int64_t number, int64_t user_id, int64_t at)
{
	struct sessions_row row = {
		.user_id = user_id, .created_at = at, .idle = SESSION_IDLE,
		.expires_at = at + SESSION_TTL, .network = (char *)"203.0.113.0/24",
		.agent = (char *)"Firefox on Linux",
	};

	number_bytes(number, row.digest, sizeof(row.digest));
	return row;
}

/* Stores one that must be; returns its number in the database. */
static int64_t
add(struct db *db, int64_t number, int64_t user_id, int64_t at, const struct seen *seen)
{
	struct sessions_row row = session_of(number, user_id, at);
	int64_t made_room;

	assert_int_equal(sessions_add(db, &row, &(struct sessions_terms){ .seen = seen },
	    &made_room), ERR_OK);
	assert_true(row.id > 0);
	return row.id;
}

/* Whether the session of a number is there, and has not expired. */
static bool
is_there(struct db *db, int64_t number, int64_t now)
{
	const struct sessions_row wanted = session_of(number, 0, 0);
	struct sessions_row *row = NULL;
	struct user *user = NULL;
	bool is;

	assert_int_equal(sessions_find(db, wanted.digest, now, &row, &user), ERR_OK);
	is = row != NULL;
	assert_true(is == (user != NULL));
	sessions_row_free(row);
	user_free(user);
	return is;
}

static int64_t
end(struct db *db, int64_t number, int64_t of_user)
{
	const struct sessions_row wanted = session_of(number, 0, 0);
	int64_t user_id = -1;

	assert_int_equal(sessions_end(db, wanted.digest, of_user, &because, &user_id), ERR_OK);
	return user_id;
}

static void
a_session_is_found_by_its_digest_and_its_id_with_all_that_was_stored(void **state)
{
	const struct database *g = *state;
	struct sessions_row wanted = session_of(7, g->alice, NOW), *found[2];
	struct user *user[2];

	wanted.id = add(g->db, 7, g->alice, NOW, NULL);
	assert_int_equal(sessions_find(g->db, wanted.digest, NOW, &found[0], &user[0]), ERR_OK);
	assert_int_equal(sessions_find_by_id(g->db, wanted.digest, NOW, &found[1], &user[1]),
	    ERR_OK);

	for (size_t i = 0; i < 2; i++) {
		assert_non_null(found[i]);
		assert_int_equal(found[i]->id, wanted.id);
		assert_memory_equal(found[i]->digest, wanted.digest, SESSIONS_DIGEST_LEN);
		assert_int_equal(found[i]->user_id, g->alice);
		assert_int_equal(found[i]->created_at, NOW);
		assert_int_equal(found[i]->auth_at, NOW);
		assert_int_equal(found[i]->seen_at, NOW);
		assert_int_equal(found[i]->idle, SESSION_IDLE);
		assert_int_equal(found[i]->expires_at, NOW + SESSION_TTL);
		assert_string_equal(found[i]->network, wanted.network);
		assert_string_equal(found[i]->agent, wanted.agent);
		assert_string_equal(user[i]->username, "alice");
		sessions_row_free(found[i]);
		user_free(user[i]);
	}
	assert_int_equal(ask(g, "SELECT last_sign_in_at FROM users"), NOW);
	assert_false(is_there(g->db, 7, NOW + SESSION_TTL));
	assert_false(is_there(g->db, 8, NOW));
}

static void
a_sign_in_that_began_before_everything_ended_stores_no_session(void **state)
{
	static const char *const changes[] = {
		"UPDATE users SET signed_out_at = signed_out_at + 1",
		"UPDATE users SET is_active = FALSE, signed_out_at = 0",
		"DELETE FROM users",
	};
	const struct database *g = *state;
	struct sessions_row row = session_of(2, g->alice, NOW);
	const struct sessions_row old = session_of(1, g->alice, NOW);
	int64_t made_room, left = 1;

	add(g->db, 1, g->alice, NOW, NULL);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		ask(g, "%s", changes[i]);
		/* What deletes the user may have deleted that as well. */
		if (i == 2)
			left = ask(g, "SELECT count(*) FROM sessions");
		assert_int_equal(sessions_add(g->db, &row, &(struct sessions_terms){
			.replaced = old.digest }, &made_room), ERR_NO_USER);
		assert_int_equal(ask(g, "SELECT count(*) FROM sessions"), left);
	}
	assert_int_equal(ask(g, "SELECT count(*) FROM audit"), 0);
}

static void
the_session_that_a_browser_had_ends_when_it_signs_in_again(void **state)
{
	const struct database *g = *state;
	const struct sessions_row old = session_of(1, g->alice, NOW);
	const int64_t bob = add_user(g->db, "bob");
	struct sessions_row row = session_of(2, bob, NOW + 5);
	int64_t made_room;

	add(g->db, 1, g->alice, NOW, NULL);
	assert_int_equal(sessions_add(g->db, &row, &(struct sessions_terms){
		.replaced = old.digest }, &made_room), ERR_OK);

	assert_false(is_there(g->db, 1, NOW + 5));
	assert_true(is_there(g->db, 2, NOW + 5));
	assert_int_equal(ask(g, "SELECT count(*) FROM audit WHERE event = 'session ended' AND "
	    "detail = 'signed in again' AND user_id = %d", (int)g->alice), 1);
}

static void
the_session_that_was_used_longest_ago_makes_room_by_row_and_by_file(void **state)
{
	const struct database *g = *state;
	const int64_t bob = add_user(g->db, "bob");
	struct seen *seen = open_seen(g);
	struct sessions_row row = session_of(100, g->alice, NOW + HOUR);
	int64_t made_room, first;

	/* 0 began first and was used last; 1 is left alone for too long, and does not count. */
	add(g->db, 900, bob, NOW, seen);
	first = add(g->db, 0, g->alice, NOW, seen);
	add(g->db, 1, g->alice, NOW - SESSION_IDLE, seen);
	for (int64_t i = 2; i <= SESSIONS_MAX; i++)
		add(g->db, i, g->alice, NOW + i, seen);
	seen_note(seen, first, NOW + HOUR);
	assert_true(is_there(g->db, 2, NOW));

	assert_int_equal(sessions_add(g->db, &row, &(struct sessions_terms){ .seen = seen },
	    &made_room), ERR_OK);
	assert_int_equal(made_room, 1);
	assert_false(is_there(g->db, 2, NOW));
	for (int64_t i = 3; i <= SESSIONS_MAX; i++)
		assert_true(is_there(g->db, i, NOW));
	assert_true(is_there(g->db, 0, NOW));
	assert_true(is_there(g->db, 900, NOW));

	/* Without the file, by rows alone; that sign-in has written down what the file said. */
	row = session_of(101, g->alice, NOW + HOUR);
	assert_int_equal(sessions_add(g->db, &row, &(struct sessions_terms){0}, &made_room),
	    ERR_OK);
	assert_int_equal(made_room, 1);
	assert_false(is_there(g->db, 3, NOW));
	assert_true(is_there(g->db, 0, NOW));
	assert_int_equal(ask(g, "SELECT sum(count) FROM audit WHERE event = 'session ended' AND "
	    "detail = 'room' AND user_id = %d", (int)g->alice), 2);
	seen_close(seen);
}

static void
only_the_owner_of_a_session_is_found_to_end_it_and_once(void **state)
{
	const struct database *g = *state;
	const int64_t bob = add_user(g->db, "bob");

	add(g->db, 1, g->alice, NOW, NULL);
	add(g->db, 2, g->alice, NOW, NULL);
	add(g->db, 3, g->alice, NOW - SESSION_TTL, NULL);

	assert_int_equal(end(g->db, 1, bob), 0);
	assert_true(is_there(g->db, 1, NOW));
	assert_int_equal(end(g->db, 1, g->alice), g->alice);
	assert_int_equal(end(g->db, 1, g->alice), 0);
	assert_int_equal(end(g->db, 2, 0), g->alice);
	assert_int_equal(end(g->db, 3, 0), 0);
	assert_int_equal(end(g->db, 4, 0), 0);
	assert_int_equal(ask(g, "SELECT count(*) FROM audit WHERE event = 'session ended' AND "
	    "detail = 'signed out' AND actor = '1'"), 2);
	assert_int_equal(ask(g, "SELECT count(*) FROM audit"), 2);
}

static void
with_a_session_end_its_children_and_the_grants_born_in_them(void **state)
{
	static const struct { int64_t session; const char *scope; bool ends; } born[] = {
		{ 1, "read", true }, { 1, "", true }, { 2, "read", true },
		{ 1, "read offline_access", false }, { 2, "offline_access read", false },
		{ 1, "offline_access2 not_offline_access", true }, { 3, "read", false },
		{ 0, "read", false },
	};
	const struct database *g = *state;

	for (int64_t i = 1; i <= 3; i++)
		assert_int_equal(add(g->db, i, g->alice, NOW, NULL), i);
	ask(g, "UPDATE sessions SET parent_id = 1 WHERE id = 2");
	for (int i = 0; i < (int)(sizeof(born) / sizeof(born[0])); i++) {
		struct grant grant = grant_of(i, g->alice, NOW);

		grant.scope = (char *)born[i].scope;
		store(g->db, &grant);
		ask(g, "UPDATE grants SET session_id = nullif(%d, 0) WHERE rowid = %d",
		    (int)born[i].session, i + 1);
	}

	assert_int_equal(end(g->db, 1, 0), g->alice);

	assert_int_equal(ask(g, "SELECT sum(id) FROM sessions"), 3);
	for (int i = 0; i < (int)(sizeof(born) / sizeof(born[0])); i++)
		if (ask(g, "SELECT revoked_at FROM grants WHERE rowid = %d", i + 1) !=
		    (born[i].ends ? because.now : 0))
			fail_msg("grant %d", i);
	assert_int_equal(ask(g, "SELECT count FROM audit WHERE event = 'grant ended' AND "
	    "detail = 'signed out'"), 4);
	assert_int_equal(ask(g, "SELECT count(*) FROM audit"), 2);
}

/* What a list has visited. */
struct visited {
	unsigned char ids[64][SESSIONS_ID_LEN];
	size_t count;
};

static void
visit(const struct sessions_row *row, const struct user *user, void *arg)
{
	struct visited *visited = arg;

	assert_int_equal(row->user_id, user->id);
	memcpy(visited->ids[visited->count++ % 64], row->digest, SESSIONS_ID_LEN);
}

static void
a_list_has_the_newest_first_and_none_that_is_left_alone_or_over(void **state)
{
	const struct database *g = *state;
	const int64_t bob = add_user(g->db, "bob");
	struct seen *seen = open_seen(g);
	struct sessions_list list = { .limit = 1000, .now = NOW, .seen = seen };
	struct visited visited;
	int64_t used;

	/* More than a page of them, between those that are listed. */
	add(g->db, 3, g->alice, NOW - SESSION_TTL, seen);
	used = add(g->db, 1, g->alice, NOW - 13 * HOUR, seen);
	seen_note(seen, used, NOW - 2 * HOUR);
	add(g->db, 2, bob, NOW, seen);
	ask(g, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150) "
	    "INSERT INTO sessions (digest, user_id, created_at, auth_at, seen_at, idle, "
	    "expires_at) SELECT randomblob(32), %d, 0, 0, %d, 3600, %d FROM n",
	    (int)g->alice, NOW - HOUR - 10, NOW + 1000);
	add(g->db, 4, g->alice, NOW - 5, seen);

	for (int64_t user_id = 0; user_id <= g->alice; user_id += g->alice) {
		const int64_t all[] = { 4, 2, 1 }, hers[] = { 4, 1 };
		const int64_t *expected = user_id == 0 ? all : hers;

		visited.count = 0;
		list.user_id = user_id;
		assert_int_equal(sessions_list(g->db, &list, visit, &visited), ERR_OK);
		assert_int_equal(visited.count, user_id == 0 ? 3 : 2);
		for (size_t i = 0; i < visited.count; i++)
			assert_memory_equal(visited.ids[i],
			    session_of(expected[i], 0, 0).digest, SESSIONS_ID_LEN);
	}


	list.after = visited.ids[0];
	list.limit = 1;
	visited.count = 1;
	assert_int_equal(sessions_list(g->db, &list, visit, &visited), ERR_OK);
	assert_int_equal(visited.count, 2);
	assert_memory_equal(visited.ids[1], session_of(1, 0, 0).digest, SESSIONS_ID_LEN);
	list.after = session_of(77, 0, 0).digest;
	assert_int_equal(sessions_list(g->db, &list, visit, &visited), ERR_REFUSED);
	seen_close(seen);
}

static void
ignore(int64_t removed, void *arg)
{
	*(int64_t *)arg = removed;
}

static void
a_sweep_writes_down_uses_and_removes_what_is_left_alone(void **state)
{
	enum { MINUTE = 60 };
	const struct database *g = *state;
	/* Another host may have seen uses that it has not written down yet. */
	const int64_t left_alone = SESSION_IDLE + (database_is_sqlite() ? 2 * MINUTE : HOUR);
	struct seen *seen = open_seen(g);
	int64_t used, just, future, removed = -1;

	used = add(g->db, 1, g->alice, NOW - left_alone, seen);
	just = add(g->db, 2, g->alice, NOW - HOUR, seen);
	future = add(g->db, 3, g->alice, NOW - HOUR, seen);
	add(g->db, 4, g->alice, NOW - left_alone, seen);
	add(g->db, 5, g->alice, NOW - left_alone + 1, seen);
	seen_note(seen, used, NOW - HOUR);
	seen_note(seen, just, NOW - HOUR + 4 * MINUTE);
	seen_note(seen, future, NOW + HOUR);

	assert_int_equal(sessions_sweep_all(g->db, seen, NOW, ignore, &removed), ERR_OK);

	assert_int_equal(removed, 1);
	assert_false(is_there(g->db, 4, NOW));
	assert_true(is_there(g->db, 5, NOW));
	assert_int_equal(ask(g, "SELECT seen_at FROM sessions WHERE id = %d", (int)used),
	    NOW - HOUR);
	assert_int_equal(ask(g, "SELECT seen_at FROM sessions WHERE id = %d", (int)just),
	    NOW - HOUR);
	assert_int_equal(ask(g, "SELECT seen_at FROM sessions WHERE id = %d", (int)future),
	    NOW - HOUR);

	/* Nobody knows then. */
	removed = -1;
	assert_int_equal(sessions_sweep_all(g->db, NULL, NOW + TTL, ignore, &removed), ERR_OK);
	assert_int_equal(removed, -1);
	assert_true(is_there(g->db, 5, NOW));
	seen_close(seen);
}

static void
sign_ins_sweep_in_passing_and_go_round(void **state)
{
	enum { MANY = 1500 };
	const struct database *g = *state;
	const int64_t bob = add_user(g->db, "bob");
	struct seen *seen = open_seen(g);
	int64_t left, before = MANY;

	ask(g, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
	    "INSERT INTO sessions (digest, user_id, created_at, auth_at, seen_at, idle, "
	    "expires_at) SELECT randomblob(32), %d, 0, 0, 0, 3600, %d FROM n", MANY,
	    (int)g->alice, NOW + TTL);

	for (int64_t at = NOW, i = 0; before > 0; at += 30, i++) {
		add(g->db, i % 10, bob, at, seen);
		ask(g, "DELETE FROM sessions WHERE user_id = %d", (int)bob);
		left = ask(g, "SELECT count(*) FROM sessions");
		/* A minute lies between two. */
		assert_int_equal(before - left, i % 2 == 1 ? 0 :
		    before < SESSIONS_SWEEP_BITE ? before : SESSIONS_SWEEP_BITE);
		before = left;
		assert_true(i < 20);
	}
	seen_close(seen);
}

/* When a session was used, as its row says. */
static int64_t
row_of(const struct database *g, int64_t id)
{
	return ask(g, "SELECT seen_at FROM sessions WHERE id = %lld", (long long)id);
}

static void
a_host_writes_its_uses_into_rows_that_say_less(void **state)
{
	/* The lower half of a number is all that the file has of it. */
	static const int64_t last = INT64_C(5) << 32;
	static const struct { int64_t id, seen_at, idle, used_at, written; } uses[] = {
		{ last - 1007, NOW - HOUR, 3600, NOW - 60, NOW - 60 },
		/* Younger by less than five minutes, or than a tenth of what it may be idle. */
		{ last - 1008, NOW - 300, 36000, NOW, NOW - 300 },
		{ last - 1009, NOW - 360, 36000, NOW, NOW },
		{ last - 1010, NOW - 60, 600, NOW, NOW - 60 },
		{ last - 1011, NOW - 120, 600, NOW, NOW },
		/* Before what is asked for, later than now, and not used here at all. */
		{ last - 1012, NOW - HOUR, 3600, NOW - 660, NOW - HOUR },
		{ last - 1013, NOW - HOUR, 3600, NOW + 60, NOW - HOUR },
		{ last - 1014, NOW - HOUR, 3600, 0, NOW - HOUR },
		{ last, NOW - HOUR, 3600, NOW - 60, NOW - 60 },
		{ last - 1, NOW - HOUR, 3600, NOW - 60, NOW - 60 },
		/* Another one has had this number's lower half since. */
		{ last - (INT64_C(1) << 32), NOW - HOUR, 3600, 0, NOW - HOUR },
	};
	const size_t count = sizeof(uses) / sizeof(uses[0]);
	const struct database *g = *state;
	struct seen *seen;

	if (database_is_sqlite())
		skip();
	seen = open_seen(g);
	for (size_t i = 0; i < count; i++) {
		ask(g, "UPDATE sessions SET id = %lld, seen_at = %lld, idle = %lld "
		    "WHERE id = %lld", (long long)uses[i].id, (long long)uses[i].seen_at,
		    (long long)uses[i].idle,
		    (long long)add(g->db, (int64_t)i, g->alice, NOW, NULL));
		if (uses[i].used_at != 0)
			seen_note(seen, uses[i].id, uses[i].used_at);
	}

	assert_int_equal(sessions_fold(g->db, seen, NOW - 600, NOW), ERR_OK);

	for (size_t i = 0; i < count; i++)
		assert_int_equal(row_of(g, uses[i].id), uses[i].written);
	seen_close(seen);
}

/* Ends all of a user's, as account/end.c does. */
static enum err
end_everything(struct db_connection *connection, void *arg)
{
	int64_t *user_id = arg, sessions;
	struct grants_ended grants;
	enum err err = grants_end_all(connection, *user_id, NULL, &because, &grants);

	if (err == ERR_OK)
		err = sessions_end_all(connection, *user_id, NULL, &because, &sessions);
	if (err == ERR_OK)
		*user_id = sessions;
	return err;
}

static void
everything_of_a_user_ends_with_the_sessions_of_nobody_else(void **state)
{
	const struct database *g = *state;
	int64_t bob = add_user(g->db, "bob"), arg = g->alice;

	add(g->db, 1, g->alice, NOW, NULL);
	add(g->db, 2, g->alice, NOW - SESSION_TTL, NULL);
	add(g->db, 3, bob, NOW, NULL);
	add(g->db, 4, g->alice, NOW, NULL);

	assert_int_equal(db_transact(g->db, end_everything, &arg), ERR_OK);

	assert_int_equal(arg, 2);
	assert_int_equal(ask(g, "SELECT sum(id) FROM sessions"), 3);
	assert_int_equal(ask(g, "SELECT count FROM audit WHERE event = 'session ended' AND "
	    "detail = 'signed out' AND user_id = %d", (int)g->alice), 2);
	arg = g->alice;
	assert_int_equal(db_transact(g->db, end_everything, &arg), ERR_OK);
	assert_int_equal(arg, 0);
	assert_int_equal(ask(g, "SELECT count(*) FROM audit"), 1);
}

/* ---- many processes at once */

/* Runs work(number) in so many processes, each with its own connections; all must do well. */
static void
run_at_once(struct database *g, void (*work)(const struct database *g, int64_t number))
{
	pid_t children[PROCESSES];
	int status;

	db_close(g->db);
	for (int64_t i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		assert_int_not_equal(children[i], -1);
		if (children[i] > 0)
			continue;
		assert_int_equal(db_open(&g->config, DB_WRITE, &g->db), ERR_OK);
		work(g, i);
		db_close(g->db);
		_exit(0);
	}
	for (int i = 0; i < PROCESSES; i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	assert_int_equal(db_open(&g->config, DB_WRITE, &g->db), ERR_OK);
}

enum { ROUNDS = 40 };

/*
 * Signs in, and signs out every second time, while others sweep. Where this one is slow, others
 * may have needed the room meanwhile.
 */
static void
come_and_go(const struct database *g, int64_t number)
{
	struct seen *seen = open_seen(g);
	int64_t removed;

	for (int64_t i = 0; i < ROUNDS; i++) {
		const int64_t key = number * 1000 + i;

		seen_note(seen, add(g->db, key, g->alice, NOW, seen), NOW);
		if (i % 2 == 1)
			(void)end(g->db, key, 0);
		if (i % 8 == number && sessions_sweep_all(g->db, seen, NOW, ignore, &removed) !=
		    ERR_OK)
			_exit(1);
	}
	seen_close(seen);
}

static void
many_processes_that_sign_in_keep_the_limit_and_each_end_is_told_once(void **state)
{
	struct database *g = *state;
	int64_t left;

	run_at_once(g, come_and_go);

	left = ask(g, "SELECT count(*) FROM sessions");
	assert_true(left > 0 && left <= SESSIONS_MAX);
	assert_int_equal(ask(g, "SELECT sum(count) FROM audit WHERE event = 'session ended' AND "
	    "detail IN ('room', 'signed out')"), PROCESSES * ROUNDS - left);
}

/* Each ends the same sessions; every one ends once. */
static void
end_them(const struct database *g, int64_t number)
{
	int64_t ended = 0;

	for (int64_t i = 0; i < ROUNDS; i++)
		ended += end(g->db, i, 0) != 0;
	ask(g, "INSERT INTO moments VALUES ('test %d', %d)", (int)number, (int)ended);
}

static void
of_processes_that_end_the_same_session_exactly_one_is_told_so(void **state)
{
	struct database *g = *state;

	for (int64_t i = 0; i < ROUNDS; i++)
		add(g->db, i, g->alice, NOW, NULL);

	run_at_once(g, end_them);

	assert_int_equal(ask(g, "SELECT sum(at) FROM moments WHERE name LIKE 'test %%'"), ROUNDS);
	assert_int_equal(ask(g, "SELECT count(*) FROM sessions"), 0);
	assert_int_equal(ask(g, "SELECT sum(count) FROM audit"), ROUNDS);
}

/* One signs out everywhere; the others sign in with what the user's row said at the beginning. */
static void
sign_in_or_end_all(const struct database *g, int64_t number)
{
	int64_t arg = g->alice, made_room;

	if (number == 0) {
		while (ask(g, "SELECT count(*) FROM sessions") < 3)
			;
		if (db_transact(g->db, end_everything, &arg) != ERR_OK)
			_exit(1);
		return;
	}
	for (int64_t i = 0; ; i++) {
		struct sessions_row row = session_of(number * 1000000 + i, g->alice, NOW);
		const enum err err = sessions_add(g->db, &row, &(struct sessions_terms){0},
		    &made_room);

		if (err == ERR_NO_USER)
			return;
		if (err != ERR_OK)
			_exit(2);
	}
}

static void
no_sign_in_that_began_before_a_sign_out_everywhere_outlives_it(void **state)
{
	struct database *g = *state;

	run_at_once(g, sign_in_or_end_all);

	assert_int_equal(ask(g, "SELECT count(*) FROM sessions"), 0);
}

/* ---- what it costs */

static void
a_sign_in_writes_few_pages_and_a_look_none(void **state)
{
	enum { USERS = 200, SIGN_INS = 400 };
	const struct database *g = *state;
	struct seen *seen;
	uint32_t pages = 0;
	struct log_state log;
	char name[32];

	database_needs_sqlite();
	seen = open_seen(g);
	for (int64_t i = 1; i < USERS; i++) {
		snprintf(name, sizeof(name), "user-%d", (int)i);
		assert_int_equal(add_user(g->db, name), g->alice + i);
	}
	ask(g, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
	    "INSERT INTO sessions (digest, user_id, created_at, auth_at, seen_at, idle, "
	    "expires_at, network, agent) SELECT randomblob(32), %d + abs(random()) %% %d, "
	    "%d, %d, %d, 43200, %d + i, '203.0.113.0/24', 'Firefox on Linux' FROM n",
	    (int)g->alice, USERS, NOW, NOW, NOW, NOW + HOUR);
	for (int64_t i = 0; i < SIGN_INS; i++) {
		log = look_at_log(g);
		add(g->db, i * 7919, g->alice + i * 31 % USERS, NOW, seen);
		pages += pages_since(g, log);
	}
	log = look_at_log(g);
	for (int64_t i = 0; i < SIGN_INS; i++)
		assert_true(is_there(g->db, i * 7919, NOW));

	assert_int_equal(look_at_log(g).changes, log.changes);
	if (pages > SIGN_INS * 8)
		fail_msg("%g pages a sign-in", (double)pages / SIGN_INS);
	printf("%.1f pages a sign-in\n", (double)pages / SIGN_INS);
	seen_close(seen);
}

int
main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down_with_seen)
	const struct CMUnitTest tests[] = {
		WITH(a_session_is_found_by_its_digest_and_its_id_with_all_that_was_stored),
		WITH(a_sign_in_that_began_before_everything_ended_stores_no_session),
		WITH(the_session_that_a_browser_had_ends_when_it_signs_in_again),
		WITH(the_session_that_was_used_longest_ago_makes_room_by_row_and_by_file),
		WITH(only_the_owner_of_a_session_is_found_to_end_it_and_once),
		WITH(with_a_session_end_its_children_and_the_grants_born_in_them),
		WITH(a_list_has_the_newest_first_and_none_that_is_left_alone_or_over),
		WITH(a_sweep_writes_down_uses_and_removes_what_is_left_alone),
		WITH(sign_ins_sweep_in_passing_and_go_round),
		WITH(a_host_writes_its_uses_into_rows_that_say_less),
		WITH(everything_of_a_user_ends_with_the_sessions_of_nobody_else),
		WITH(many_processes_that_sign_in_keep_the_limit_and_each_end_is_told_once),
		WITH(of_processes_that_end_the_same_session_exactly_one_is_told_so),
		WITH(no_sign_in_that_began_before_a_sign_out_everywhere_outlives_it),
		WITH(a_sign_in_writes_few_pages_and_a_look_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
