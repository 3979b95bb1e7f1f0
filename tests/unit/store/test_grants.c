/* test_grants: what was given is alive until something ends it, and one change of a row wins. */
#include "granted.h"

#include <pthread.h>
#include <sys/wait.h>

enum { THREADS = 8, ROUNDS = 30 };

static struct grants_ending
ending_of(const char *reason, int64_t at)
{
	return (struct grants_ending){ .now = at, .event = "grant ended", .reason = reason,
	    .actor = "command:root", .network = "198.51.100.0/24", .detail = reason };
}

static bool
end(struct db *db, int64_t number, int64_t of_user, int64_t at)
{
	const struct grants_ending ending = ending_of("revoked", at);
	unsigned char id[GRANTS_ID_LEN];
	int64_t user_id = 0;

	number_bytes(number, id, sizeof(id));
	assert_int_equal(grants_end(db, id, of_user, &ending, &user_id), ERR_OK);
	return user_id != 0;
}

struct end_all {
	int64_t user_id;
	int64_t at;
	int64_t ended;
};

static enum err
do_end_all(struct db_connection *connection, void *arg)
{
	struct end_all *all = arg;
	const struct grants_ending ending = ending_of("signed out", all->at);
	struct grants_ended ended;
	enum err err = grants_end_all(connection, all->user_id, NULL, &ending, &ended);

	all->ended = ended.grants;
	return err;
}

static int64_t
end_all(struct db *db, int64_t user_id, int64_t at)
{
	struct end_all all = { user_id, at, 0 };

	assert_int_equal(db_transact(db, do_end_all, &all), ERR_OK);
	return all.ended;
}

/* Tells whether the access token of a grant is good. */
static bool
is_alive(const struct database *g, int64_t number, int64_t user_id, int64_t jti, int64_t now)
{
	unsigned char gid[GRANTS_ID_LEN], jti_bytes[GRANTS_ID_LEN];
	const struct grants_claim claim = { .uid = user_id, .gid = gid, .jti = jti_bytes,
	    .issued_at = now };
	struct grants_bearer bearer;
	bool alive;

	number_bytes(number, gid, sizeof(gid));
	number_bytes(jti, jti_bytes, sizeof(jti_bytes));
	assert_int_equal(grants_find_bearer(g->db, &claim, now, &usual_spans, &bearer), ERR_OK);
	alive = bearer.is_alive && bearer.user != NULL;
	user_free(bearer.user);
	return alive;
}

static void
a_grant_comes_back_as_it_was_stored(void **state)
{
	const struct database *g = *state;
	struct grant grant = grant_of(1, g->alice, NOW), brief = brief_grant_of(2, g->alice, NOW);
	struct grant *found;
	struct user *user;

	store(g->db, &grant);
	store(g->db, &brief);
	assert_true(rotate(g->db, 1, 1, 7, NOW + 60));

	assert_int_equal(grants_find(g->db, grant.id, &found, &user), ERR_OK);
	assert_string_equal(user->username, "alice");
	assert_int_equal(found->user_id, g->alice);
	assert_string_equal(found->scope, grant.scope);
	assert_string_equal(found->network, grant.network);
	assert_string_equal(found->agent, grant.agent);
	assert_int_equal(found->created_at, NOW);
	assert_int_equal(found->expires_at, NOW + TTL);
	assert_int_equal(found->rotated_at, NOW + 60);
	assert_true(found->is_refreshable);
	assert_memory_equal(found->previous, grant.current, sizeof(grant.current));
	assert_int_equal(found->current[0], 7);
	assert_int_equal(found->salt[0], 7);
	grant_free(found);
	user_free(user);

	assert_int_equal(grants_find(g->db, brief.id, &found, &user), ERR_OK);
	assert_false(found->is_refreshable);
	grant_free(found);
	user_free(user);

	assert_int_equal(grants_find(g->db, (const unsigned char *)"nobody's id 1234", &found,
	    &user), ERR_OK);
	assert_null(found);
	assert_null(user);
	assert_int_equal(ask(g, "SELECT last_sign_in_at FROM users"), NOW);
}

static void
a_sign_in_stores_nothing_when_its_user_was_ended_meanwhile(void **state)
{
	static const char *const changes[] = {
		"UPDATE users SET is_active = FALSE", "UPDATE users SET signed_out_at = 1",
		"DELETE FROM users",
	};
	const struct database *g = *state;
	struct grant grant = grant_of(1, g->alice, NOW);
	int64_t made_room;

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		(void)ask(g, changes[i]);
		assert_int_equal(grants_add(g->db, &grant, &terms, &made_room), ERR_NO_USER);
		assert_int_equal(ask(g, "SELECT count(*) FROM grants"), 0);
		(void)ask(g, "UPDATE users SET is_active = TRUE, signed_out_at = 0");
	}
	assert_int_equal(ask(g, "SELECT count(*) FROM users WHERE last_sign_in_at > 0"), 0);
}

static void
a_token_is_good_as_long_as_nothing_has_ended_what_it_stands_for(void **state)
{
	static const struct {
		const char *change;	/* what happened to grant 1, of Alice */
		int64_t later;		/* seconds after it was given */
		bool is_alive;
	} rows[] = {
		{ "SELECT 1", 0, true },
		{ "SELECT 1", IDLE - 1, true },
		{ "SELECT 1", IDLE, false },
		{ "UPDATE grants SET rotated_at = rotated_at + 86400", IDLE, true },
		{ "UPDATE grants SET expires_at = expires_at - 30 * 86400 + 5", 4, true },
		{ "UPDATE grants SET expires_at = expires_at - 30 * 86400 + 5", 5, false },
		{ "UPDATE grants SET current = NULL, rotated_at = 0", 5, true },
		{ "UPDATE grants SET revoked_at = 1", 5, false },
		{ "UPDATE grants SET user_id = 2", 5, false },
		{ "UPDATE grants SET gid = randomblob(16)", 5, false },
		{ "INSERT INTO dead_tokens SELECT gid, 9 FROM grants", 5, false },
		{ "INSERT INTO dead_tokens SELECT randomblob(16), 9 FROM grants", 5, true },
		{ "DELETE FROM grants", 5, false },
		{ "DELETE FROM users", 5, false },
	};
	const struct database *g = *state;
	struct grant grant = grant_of(1, g->alice, NOW);

	assert_int_equal(add_user(g->db, "bob"), 2);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		store(g->db, &grant);
		(void)ask(g, rows[i].change);

		/* The token's id is the same number as the grant's. */
		if (is_alive(g, 1, g->alice, 1, NOW + rows[i].later) != rows[i].is_alive)
			fail_msg("%s, %d seconds later", rows[i].change, (int)rows[i].later);
		(void)ask(g, "DELETE FROM grants");
		(void)ask(g, "DELETE FROM dead_tokens");
	}
}

static void
a_token_of_a_version_without_grants_is_judged_by_its_user_for_one_life(void **state)
{
	static const struct {
		int64_t migrated_at, user_created_at, signed_out_at, issued_at, now;
		bool is_alive;
	} rows[] = {
		{ NOW, 0, 0, NOW - 9, NOW, true },
		{ NOW, 0, 0, NOW - 9, NOW + 1799, true },
		{ NOW, 0, 0, NOW - 9, NOW + 1800, false },
		{ NOW, NOW - 9, 0, NOW - 9, NOW, true },
		{ NOW, NOW - 8, 0, NOW - 9, NOW, false },
		{ NOW, 0, NOW - 10, NOW - 9, NOW, true },
		{ NOW, 0, NOW - 9, NOW - 9, NOW, false },
	};
	const struct database *g = *state;
	const struct grants_claim of_nobody = { .uid = 99,
	    .jti = (const unsigned char *)"sixteen bytes...", .issued_at = NOW };
	struct grants_bearer bearer;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct grants_claim claim = of_nobody;

		claim.uid = g->alice;
		claim.issued_at = rows[i].issued_at;
		(void)ask(g, "UPDATE moments SET at = %lld WHERE name = 'grants'",
		    (long long)rows[i].migrated_at);
		(void)ask(g, "UPDATE users SET created_at = %lld, signed_out_at = %lld",
		    (long long)rows[i].user_created_at, (long long)rows[i].signed_out_at);

		assert_int_equal(grants_find_bearer(g->db, &claim, rows[i].now, &usual_spans,
		    &bearer), ERR_OK);
		assert_non_null(bearer.user);
		if (bearer.is_alive != rows[i].is_alive)
			fail_msg("row %zu", i);
		assert_int_equal(bearer.auth_at, bearer.is_alive ? rows[i].issued_at : 0);
		user_free(bearer.user);
	}
	(void)ask(g, "INSERT INTO dead_tokens VALUES (CAST('sixteen bytes...' AS BLOB), 9)");
	assert_int_equal(grants_find_bearer(g->db, &of_nobody, NOW, &usual_spans, &bearer),
	    ERR_OK);
	assert_null(bearer.user);
	assert_false(bearer.is_alive);
}

static void
a_rotation_is_of_what_was_shown_and_of_what_was_not_ended(void **state)
{
	const struct database *g = *state;
	struct grant grant = grant_of(1, g->alice, NOW);

	store(g->db, &grant);
	assert_false(rotate(g->db, 1, 2, 3, NOW + 60));
	assert_false(rotate(g->db, 9, 1, 3, NOW + 60));
	assert_true(rotate(g->db, 1, 1, 2, NOW + 60));
	assert_false(rotate(g->db, 1, 1, 3, NOW + 120));
	assert_int_equal(ask(g, "SELECT rotated_at FROM grants"), NOW + 60);
	assert_true(end(g->db, 1, 0, NOW + 30));	/* too soon for it to be tidied away */
	assert_false(rotate(g->db, 1, 2, 3, NOW + 180));
}

static bool
count_generation(const struct database *g, int64_t generation)
{
	struct grant grant = grant_of(1, g->alice, NOW);
	bool is_done = false;

	assert_int_equal(grants_count(g->db, grant.id, generation, NOW + 7, &is_done), ERR_OK);
	return is_done;
}

static void
a_run_goes_on_as_long_as_each_generation_is_counted(void **state)
{
	const struct database *g = *state;
	struct grant grant = grant_of(1, g->alice, NOW);
	int64_t first;

	store(g->db, &grant);
	first = ask(g, "SELECT generation FROM grants");
	for (int64_t i = 0; i < 3; i++) {
		assert_false(count_generation(g, first + i - 1));
		assert_false(count_generation(g, first + i + 1));
		assert_true(count_generation(g, first + i));
		assert_int_equal(ask(g, "SELECT rotated_at FROM grants"), NOW + 7);
		assert_false(count_generation(g, first + i));
		assert_int_equal(ask(g, "SELECT run FROM grants"), i + 1);
		assert_true(rotate(g->db, 1, 1 + i, 2 + i, NOW + 60 * i));
	}
	assert_int_equal(ask(g, "SELECT run FROM grants"), 3);
	assert_true(rotate(g->db, 1, 4, 5, NOW + 600));
	assert_int_equal(ask(g, "SELECT run FROM grants"), 0);

	assert_true(end(g->db, 1, 0, NOW + 700));
	assert_false(count_generation(g, first + 4));
}

static void
a_grant_ends_once_and_the_audit_says_why(void **state)
{
	const struct database *g = *state;
	struct grant grant = grant_of(1, g->alice, NOW), other = grant_of(4, g->alice, NOW);
	struct grant expired = grant_of(2, g->alice, NOW);

	expired.expires_at = NOW + 1;
	store(g->db, &grant);
	store(g->db, &other);
	store(g->db, &expired);
	assert_false(end(g->db, 3, 0, NOW + 1));
	assert_false(end(g->db, 1, g->alice + 1, NOW + 1));
	assert_false(end(g->db, 2, 0, NOW + 1));
	assert_int_equal(ask(g, "SELECT count(*) FROM audit"), 0);

	assert_true(end(g->db, 1, g->alice, NOW + 1));
	assert_false(end(g->db, 1, 0, NOW + 2));

	assert_int_equal(ask(g, "SELECT count(*) FROM audit WHERE at = %lld AND user_id = %lld "
	    "AND event = 'grant ended' AND detail = 'revoked' AND actor = 'command:root' AND "
	    "network = '198.51.100.0/24' AND count = 1", (long long)NOW + 1,
	    (long long)g->alice), 1);
	assert_int_equal(ask(g, "SELECT count(*) FROM audit"), 1);
	assert_false(is_alive(g, 1, g->alice, 9, NOW + 1));
	assert_true(is_alive(g, 4, g->alice, 9, NOW + 1));
}

static void
a_grant_whose_row_has_changed_is_not_ended_for_what_it_said(void **state)
{
	const struct database *g = *state;
	const struct grants_ending ending = ending_of("reuse", NOW + 90);
	struct grant grant = grant_of(1, g->alice, NOW);
	struct grant *read, *counted;
	struct user *user;
	bool is_done;

	store(g->db, &grant);
	assert_int_equal(grants_find(g->db, grant.id, &read, &user), ERR_OK);
	user_free(user);

	assert_true(count_generation(g, read->generation));
	assert_int_equal(grants_end_as_read(g->db, read, &ending, &is_done), ERR_OK);
	assert_false(is_done);
	assert_int_equal(grants_find(g->db, grant.id, &counted, &user), ERR_OK);
	user_free(user);
	assert_true(rotate(g->db, 1, 1, 2, NOW + 60));
	assert_int_equal(grants_end_as_read(g->db, counted, &ending, &is_done), ERR_OK);
	assert_false(is_done);
	grant_free(read);
	grant_free(counted);

	assert_int_equal(grants_find(g->db, grant.id, &read, &user), ERR_OK);
	user_free(user);
	assert_int_equal(grants_end_as_read(g->db, read, &ending, &is_done), ERR_OK);
	assert_true(is_done);
	grant_free(read);
	assert_int_equal(ask(g, "SELECT count(*) FROM grants WHERE reason = 'reuse'"), 1);
}

static void
everything_of_a_user_ends_and_so_do_sign_ins_under_way(void **state)
{
	const struct database *g = *state;
	const int64_t bob = add_user(g->db, "bob");
	struct grant of_bob = grant_of(9, bob, NOW), late = grant_of(8, g->alice, NOW);
	int64_t made_room;

	for (int64_t i = 0; i < 3; i++) {
		struct grant grant = grant_of(i, g->alice, NOW);

		store(g->db, &grant);
	}
	store(g->db, &of_bob);

	assert_int_equal(end_all(g->db, g->alice, NOW + 5), 3);

	assert_int_equal(ask(g, "SELECT signed_out_at FROM users WHERE id = %lld",
	    (long long)g->alice), NOW + 5);
	assert_int_equal(grants_add(g->db, &late, &terms, &made_room), ERR_NO_USER);
	assert_int_equal(ask(g, "SELECT count FROM audit"), 3);
	for (int64_t i = 0; i < 3; i++)
		assert_false(is_alive(g, i, g->alice, 99, NOW + 5));
	assert_true(is_alive(g, 9, bob, 99, NOW + 5));

	/* The moment grows, whatever the clock says, so that no sign-in slips through. */
	assert_int_equal(end_all(g->db, g->alice, NOW), 0);
	assert_int_equal(ask(g, "SELECT signed_out_at FROM users WHERE id = %lld",
	    (long long)g->alice), NOW + 6);
	assert_int_equal(ask(g, "SELECT count(*) FROM audit"), 1);
}

static enum err
do_delete(struct db_connection *connection, void *user_id)
{
	return users_delete(connection, *(const int64_t *)user_id);
}

static void
with_a_user_goes_all_that_was_given_and_the_audit_stays(void **state)
{
	static const char *const tables[] = { "grants", "sessions", "tickets", "outbox",
	    "known_networks" };
	struct database *g = *state;
	struct grant grant = grant_of(1, g->alice, NOW);

	store(g->db, &grant);
	(void)ask(g, "INSERT INTO sessions (id, digest, user_id, created_at, auth_at, seen_at, "
	    "idle, expires_at) VALUES (1, CAST('1' AS BLOB), 1, 0, 0, 0, 0, 9), "
	    "(2, CAST('2' AS BLOB), 1, 0, 0, 0, 0, 9)");
	(void)ask(g, "UPDATE sessions SET parent_id = 1 WHERE id = 2");
	(void)ask(g, "INSERT INTO tickets (digest, kind, user_id, expires_at) "
	    "VALUES (CAST('1' AS BLOB), '', 1, 9)");
	(void)ask(g, "INSERT INTO outbox (at, user_id, kind) VALUES (1, 1, '')");
	(void)ask(g, "INSERT INTO known_networks VALUES (1, 'x', 1)");
	assert_true(end(g->db, 1, 0, NOW));

	assert_int_equal(db_transact(g->db, do_delete, &g->alice), ERR_OK);

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		assert_int_equal(ask(g, "SELECT count(*) FROM %s", tables[i]), 0);
	assert_int_equal(ask(g, "SELECT count(*) FROM audit WHERE user_id = 1"), 1);
}

/* ---- the most that one user may have */

static int64_t
count_alive(const struct database *g)
{
	return ask(g, "SELECT count(*) FROM grants WHERE revoked_at = 0 AND current IS NOT NULL");
}

static void
beyond_a_hundred_the_one_idle_longest_of_those_never_renewed_makes_room(void **state)
{
	const struct database *g = *state;
	const int64_t bob = add_user(g->db, "bob");
	struct grant of_bob = grant_of(1000, bob, NOW - 99);
	struct grant more = grant_of(100, g->alice, NOW + 200);
	const struct grant made_room = grant_of(1, g->alice, NOW + 1);
	bool is_done;

	store(g->db, &of_bob);
	/* Alice's 0 is the oldest and 1 comes next; 0 is renewed, and never again. */
	for (int64_t i = 0; i < GRANTS_REFRESHABLE_MAX; i++) {
		struct grant grant = grant_of(i, g->alice, NOW + i);
		struct grant brief = brief_grant_of(2000 + i, g->alice, NOW + i);

		assert_int_equal(store(g->db, &grant), 0);
		assert_int_equal(store(g->db, &brief), 0);
	}
	assert_true(rotate(g->db, 0, 0, 5000, NOW + 5));

	assert_int_equal(store(g->db, &more), 1);

	assert_int_equal(count_alive(g), GRANTS_REFRESHABLE_MAX + 1);
	assert_true(is_alive(g, 0, g->alice, 99, NOW + 200));
	/* Its access tokens are good until they expire. */
	assert_false(rotate(g->db, 1, 1, 5001, NOW + 200));
	assert_int_equal(grants_count(g->db, made_room.id, 1000000, NOW + 200, &is_done), ERR_OK);
	assert_false(is_done);
	assert_true(is_alive(g, 1, g->alice, 99, NOW + 200 + spans.token - 1));
	assert_false(is_alive(g, 1, g->alice, 99, NOW + 200 + spans.token));
	assert_true(is_alive(g, 2, g->alice, 99, NOW + 200));
	assert_true(is_alive(g, 2000, g->alice, 99, NOW + 200));
	assert_true(is_alive(g, 1000, bob, 99, NOW + 200));
	assert_int_equal(ask(g, "SELECT count(*) FROM audit WHERE detail = 'room' AND "
	    "network = '203.0.113.0/24' AND user_id = %lld", (long long)g->alice), 1);
}

static void
of_those_used_in_one_second_the_first_to_come_makes_room(void **state)
{
	const struct database *g = *state;

	for (int64_t i = 0; i <= GRANTS_REFRESHABLE_MAX; i++) {
		struct grant grant = grant_of(i, g->alice, NOW);

		store(g->db, &grant);
	}

	for (int64_t i = 0; i <= GRANTS_REFRESHABLE_MAX; i++)
		assert_int_equal(is_alive(g, i, g->alice, 999, NOW + spans.token), i > 0);
}

static void
what_is_dead_or_has_no_refresh_token_counts_for_nothing(void **state)
{
	const struct database *g = *state;
	const int64_t later = NOW + IDLE + 49;
	struct grant brief = brief_grant_of(600, g->alice, later);
	struct grant more = grant_of(500, g->alice, later);

	/* Of a hundred, 50 are left alone for too long, 25 are ended, and one has expired. */
	for (int64_t i = 0; i < GRANTS_REFRESHABLE_MAX; i++) {
		struct grant grant = grant_of(i, g->alice, NOW + i);

		store(g->db, &grant);
	}
	for (int64_t i = 50; i < 75; i++)
		assert_true(end(g->db, i, 0, later));
	(void)ask(g, "UPDATE grants SET expires_at = %lld WHERE created_at = %lld",
	    (long long)later, (long long)NOW + 75);

	for (int64_t i = 0; i < GRANTS_REFRESHABLE_MAX - 24; i++) {
		number_bytes(500 + i, more.id, sizeof(more.id));
		assert_int_equal(store(g->db, &more), 0);
	}
	assert_int_equal(store(g->db, &brief), 0);
	number_bytes(700, more.id, sizeof(more.id));
	assert_int_equal(store(g->db, &more), 1);
}

struct adder {
	pthread_t thread;
	struct db *db;
	int64_t user_id;
	int64_t first;		/* number */
	int64_t made_room;
};

static void *
add_many(void *arg)
{
	struct adder *adder = arg;

	for (int64_t i = 0; i < ROUNDS; i++) {
		struct grant grant = grant_of(adder->first + i, adder->user_id, NOW + i);

		adder->made_room += store(adder->db, &grant);
	}
	return NULL;
}

static void
eight_threads_at_once_leave_a_hundred(void **state)
{
	const struct database *g = *state;
	struct adder adders[THREADS] = {0};
	int64_t made_room = 0;

	for (int i = 0; i < THREADS; i++) {
		adders[i] = (struct adder){ .db = g->db, .user_id = g->alice,
		    .first = i * 1000 };
		assert_int_equal(pthread_create(&adders[i].thread, NULL, add_many, &adders[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(adders[i].thread, NULL), 0);
		made_room += adders[i].made_room;
	}

	assert_int_equal(count_alive(g), GRANTS_REFRESHABLE_MAX);
	assert_int_equal(made_room, THREADS * ROUNDS - GRANTS_REFRESHABLE_MAX);
	assert_int_equal(ask(g, "SELECT sum(count) FROM audit"), made_room);
}

/* ---- of two changes of one row, one wins */

struct rotator {
	pthread_t thread;
	pthread_barrier_t *barrier;
	struct db *db;
	int64_t number;		/* what its successors are, so that each makes another */
	int64_t won;
};

/* All show the same secret in each round; the one that wins says which is next. */
static void *
rotate_many(void *arg)
{
	struct rotator *rotator = arg;

	for (int64_t round = 0; round < ROUNDS; round++) {
		(void)pthread_barrier_wait(rotator->barrier);
		rotator->won += rotate(rotator->db, round, round, 1000 + rotator->number,
		    NOW + 60);
	}
	return NULL;
}

static void
of_rotations_at_the_same_time_exactly_one_is_done(void **state)
{
	const struct database *g = *state;
	struct rotator rotators[THREADS];
	pthread_barrier_t barrier;
	int64_t won = 0;

	for (int64_t i = 0; i < ROUNDS; i++) {
		struct grant grant = grant_of(i, g->alice, NOW);

		store(g->db, &grant);
	}
	assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS), 0);
	for (int i = 0; i < THREADS; i++) {
		rotators[i] = (struct rotator){ .barrier = &barrier, .db = g->db, .number = i };
		assert_int_equal(pthread_create(&rotators[i].thread, NULL, rotate_many,
		    &rotators[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(rotators[i].thread, NULL), 0);
		won += rotators[i].won;
	}
	(void)pthread_barrier_destroy(&barrier);

	assert_int_equal(won, ROUNDS);
	assert_int_equal(ask(g, "SELECT count(DISTINCT generation) FROM grants"), 1);
}

/* Does the same in a process; exits with how many it won. */
static void
rotate_in_process(const struct database *g, int64_t number)
{
	struct db *db = NULL;
	int won = 0;

	if (db_open(&g->config, DB_WRITE, &db) != ERR_OK)
		_exit(255);
	for (int64_t round = 0; round < ROUNDS; round++) {
		/* The other one must come, too: each waits for a row of the round. */
		(void)ask(g, "INSERT INTO dead_tokens VALUES (CAST('%lld-%lld' AS BLOB), %lld)",
		    (long long)round, (long long)number, (long long)round);
		while (ask(g, "SELECT count(*) FROM dead_tokens WHERE expires_at = %lld",
		    (long long)round) < 2)
			continue;
		won += rotate(db, round, round, 1000 + number, NOW + 60);
	}
	db_close(db);
	_exit(won);
}

static void
of_rotations_by_two_processes_exactly_one_is_done(void **state)
{
	struct database *g = *state;
	int won = 0;

	for (int64_t i = 0; i < ROUNDS; i++) {
		struct grant grant = grant_of(i, g->alice, NOW);

		store(g->db, &grant);
	}
	/* What is open belongs to this process alone. */
	db_close(g->db);
	g->db = NULL;
	for (int64_t i = 0; i < 2; i++) {
		pid_t child = fork();

		assert_int_not_equal(child, -1);
		if (child == 0)
			rotate_in_process(g, i);
	}
	for (int i = 0; i < 2; i++) {
		int status;

		assert_int_not_equal(wait(&status), -1);
		assert_true(WIFEXITED(status));
		assert_int_not_equal(WEXITSTATUS(status), 255);
		won += WEXITSTATUS(status);
	}

	assert_int_equal(won, ROUNDS);
	assert_int_equal(ask(g, "SELECT count(*) FROM grants WHERE rotated_at = %lld",
	    (long long)NOW + 60), ROUNDS);
}

int
main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WITH(a_grant_comes_back_as_it_was_stored),
		WITH(a_sign_in_stores_nothing_when_its_user_was_ended_meanwhile),
		WITH(a_token_is_good_as_long_as_nothing_has_ended_what_it_stands_for),
		WITH(a_token_of_a_version_without_grants_is_judged_by_its_user_for_one_life),
		WITH(a_rotation_is_of_what_was_shown_and_of_what_was_not_ended),
		WITH(a_run_goes_on_as_long_as_each_generation_is_counted),
		WITH(a_grant_ends_once_and_the_audit_says_why),
		WITH(a_grant_whose_row_has_changed_is_not_ended_for_what_it_said),
		WITH(everything_of_a_user_ends_and_so_do_sign_ins_under_way),
		WITH(with_a_user_goes_all_that_was_given_and_the_audit_stays),
		WITH(beyond_a_hundred_the_one_idle_longest_of_those_never_renewed_makes_room),
		WITH(of_those_used_in_one_second_the_first_to_come_makes_room),
		WITH(what_is_dead_or_has_no_refresh_token_counts_for_nothing),
		WITH(eight_threads_at_once_leave_a_hundred),
		WITH(of_rotations_at_the_same_time_exactly_one_is_done),
		WITH(of_rotations_by_two_processes_exactly_one_is_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
