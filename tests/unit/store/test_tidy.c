/* test_tidy: rows whose end has come go, and nothing else does, in bites beside other changes. */
#include "granted.h"

#include "store/dead_tokens.h"

/* Puts rows into the tables that are tidied: so many of each, which end at a moment. */
static void
add_rows(const struct database *g, int64_t count, int64_t expires_at)
{
	static const char *const inserts[] = {
		"INSERT INTO grants (gid, user_id, client_id, scope, created_at, auth_at, "
		"expires_at, rotated_at) SELECT randomblob(16), 1, '', '', 0, 0, %lld, 0 ",
		"INSERT INTO dead_tokens SELECT randomblob(16), %lld ",
		"INSERT INTO tickets (digest, kind, expires_at) SELECT randomblob(32), '', %lld ",
		"INSERT INTO sessions (digest, user_id, created_at, auth_at, seen_at, idle, "
		"expires_at) SELECT randomblob(32), 1, 0, 0, 0, 0, %lld ",
	};

	for (size_t i = 0; i < sizeof(inserts) / sizeof(inserts[0]); i++) {
		char sql[512];

		snprintf(sql, sizeof(sql), "%s FROM n LIMIT %lld", inserts[i],
		    (long long)count);
		/* Numbers come first, as INSERT takes no WITH behind it. */
		(void)ask(g, "CREATE TABLE IF NOT EXISTS n AS WITH RECURSIVE c (i) AS (SELECT 1 "
		    "UNION ALL SELECT i + 1 FROM c WHERE i < 2000) SELECT i FROM c");
		(void)ask(g, sql, (long long)expires_at);
	}
}

static int64_t
count_rows(const struct database *g)
{
	return ask(g, "SELECT (SELECT count(*) FROM grants) + (SELECT count(*) FROM dead_tokens) "
	    "+ (SELECT count(*) FROM tickets) + (SELECT count(*) FROM sessions)");
}

static enum err
bite(struct db_connection *connection, void *now)
{
	return tidy_bite(connection, *(int64_t *)now);
}

/* Returns how many rows a bite at a moment has removed. */
static int64_t
removed_at(const struct database *g, int64_t now)
{
	const int64_t before = count_rows(g);

	assert_int_equal(db_transact(g->db, bite, &now), ERR_OK);
	return before - count_rows(g);
}

static void
two_hundred_go_at_once_and_the_rest_a_second_later_until_none_is_left(void **state)
{
	const struct database *g = *state;

	add_rows(g, 130, NOW - 1);
	add_rows(g, 10, NOW + 1);
	add_rows(g, 2, NOW);

	/* 528 have ended, of four tables. */
	assert_int_equal(removed_at(g, NOW), TIDY_BITE);
	assert_int_equal(removed_at(g, NOW), 0);
	assert_int_equal(removed_at(g, NOW + 1), TIDY_BITE);
	assert_int_equal(removed_at(g, NOW + 1), 0);
	assert_int_equal(removed_at(g, NOW + 2), 528 + 40 - 2 * TIDY_BITE);
	assert_int_equal(count_rows(g), 0);
}

static void
nothing_that_lasts_is_removed(void **state)
{
	const struct database *g = *state;

	add_rows(g, 5, NOW + 1);
	add_rows(g, 5, NOW);

	assert_int_equal(removed_at(g, NOW), 20);
	assert_int_equal(ask(g, "SELECT min(expires_at) FROM (SELECT expires_at FROM grants "
	    "UNION ALL SELECT expires_at FROM dead_tokens UNION ALL "
	    "SELECT expires_at FROM tickets UNION ALL SELECT expires_at FROM sessions) AS ends"),
	    NOW + 1);
}

static void
it_is_due_a_minute_later_whatever_the_clock_did_meanwhile(void **state)
{
	static const struct {
		int64_t next;		/* seconds after NOW */
		bool is_due;
	} rows[] = {
		{ 1, false }, { 59, false }, { 60, true }, { 86400, true },
		{ -1, false }, { -60, false }, { -61, true }, { -86400, true }, { -NOW, true },
	};
	const struct database *g = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)ask(g, "UPDATE moments SET at = 0 WHERE name = 'tidy'");
		assert_int_equal(removed_at(g, NOW), 0);
		add_rows(g, 1, 0);

		assert_int_equal(removed_at(g, NOW + rows[i].next), rows[i].is_due ? 4 : 0);
		(void)ask(g, "DELETE FROM grants");
		(void)ask(g, "DELETE FROM sessions");
		(void)ask(g, "DELETE FROM tickets");
		(void)ask(g, "DELETE FROM dead_tokens");
	}
}

static void
it_goes_on_when_the_moment_has_been_lost(void **state)
{
	const struct database *g = *state;

	/* In PostgreSQL it is there from the beginning, and nothing removes it. */
	database_needs_sqlite();
	(void)ask(g, "DELETE FROM moments WHERE name = 'tidy'");
	add_rows(g, 1, NOW - 1);

	assert_int_equal(removed_at(g, NOW), 4);
	assert_int_equal(ask(g, "SELECT at FROM moments WHERE name = 'tidy'"), NOW + 60);
}

static void
a_sign_in_and_an_end_tidy_and_a_rotation_never_does(void **state)
{
	const struct database *g = *state;
	const struct grants_ending ending = {
		.now = NOW + 180, .event = "grant ended", .reason = "revoked", .actor = "",
		.network = "", .detail = "revoked",
	};
	struct grant grant = grant_of(1, g->alice, NOW);
	bool is_done;
	int64_t of;

	add_rows(g, 1, NOW - 1);
	store(g->db, &grant);
	assert_int_equal(count_rows(g), 1);

	add_rows(g, 1, NOW - 1);
	assert_true(rotate(g->db, 1, 1, 2, NOW + 120));
	assert_int_equal(grants_count(g->db, grant.id, ask(g, "SELECT generation FROM grants "
	    "WHERE current IS NOT NULL"), NOW + 180, &is_done), ERR_OK);
	assert_true(is_done);
	assert_int_equal(count_rows(g), 5);

	assert_int_equal(grants_end(g->db, grant.id, 0, &ending, &of), ERR_OK);
	assert_int_equal(count_rows(g), 0);
}

static void
note_progress(int64_t removed, void *arg)
{
	int64_t *told = arg;

	assert_in_range(removed, told[0], told[0] + TIDY_BITE);
	told[0] = removed;
	told[1]++;
}

static void
all_of_it_goes_in_bites_when_that_is_asked_for(void **state)
{
	const struct database *g = *state;
	int64_t told[2] = {0};

	add_rows(g, 250, NOW - 1);
	add_rows(g, 3, NOW + 1);

	assert_int_equal(tidy_all(g->db, NOW, note_progress, told), ERR_OK);
	assert_int_equal(told[0], 1000);
	assert_int_equal(told[1], 1000 / TIDY_BITE + 1);
	assert_int_equal(count_rows(g), 12);
}

static void
the_audit_is_kept_for_400_days_and_for_eight_million_rows(void **state)
{
	const struct database *g = *state;
	int64_t told[2] = {0};

	(void)ask(g, "INSERT INTO audit (id, at, event) VALUES (1, %lld, 'old'), "
	    "(2, %lld, 'one too many'), (3, %lld, 'kept'), (8000002, %lld, 'kept')",
	    (long long)(NOW - 400 * 86400), (long long)(NOW - 400 * 86400 + 1),
	    (long long)(NOW - 400 * 86400 + 1), (long long)NOW);

	assert_int_equal(tidy_all(g->db, NOW, note_progress, told), ERR_OK);
	assert_int_equal(told[0], 2);
	assert_int_equal(ask(g, "SELECT count(*) FROM audit WHERE event = 'kept'"), 2);
}

static void
a_flood_of_sign_ins_keeps_bounded(void **state)
{
	const struct database *g = *state;
	enum { RATE = 10, SECONDS = 130 };
	int64_t most = 0;

	/* Every other one has no refresh token, and ends after five seconds. */
	for (int64_t i = 0; i < RATE * SECONDS; i++) {
		struct grant grant = i % 2 == 0 ? grant_of(i, g->alice, NOW + i / RATE)
		    : brief_grant_of(i, g->alice, NOW + i / RATE);

		if (!grant.is_refreshable)
			grant.expires_at = grant.created_at + 5;
		store(g->db, &grant);
		if (i % RATE == RATE - 1 && count_rows(g) > most)
			most = count_rows(g);
	}

	/* What came within a minute, until it is due again, and what lasts. */
	assert_in_range(most, 100, 70 * RATE + GRANTS_REFRESHABLE_MAX);
	assert_int_equal(ask(g, "SELECT count(*) FROM audit"), 1);
	assert_int_equal(ask(g, "SELECT sum(count) FROM audit WHERE detail = 'room'"),
	    RATE * SECONDS / 2 - GRANTS_REFRESHABLE_MAX);
}

/* Whoever has a refresh token can have access tokens without end, and revoke each. */
static void
a_flood_of_dead_tokens_keeps_to_those_that_have_not_expired(void **state)
{
	enum { RATE = 150, SECONDS = 4, LIFE = 1 };
	const struct database *g = *state;
	unsigned char id[DEAD_TOKENS_ID_LEN];

	for (int i = 0; i < RATE * SECONDS; i++) {
		const int64_t now = NOW + i / RATE;
		const struct audits_row row = {
			.at = now, .event = "token revoked", .user_id = g->alice, .actor = "",
			.client_id = "", .network = "", .detail = "", .count = 1,
			.join = AUDITS_JOINS_LAST,
		};

		number_bytes(i + 1, id, sizeof(id));
		assert_int_equal(dead_tokens_add(g->db, id, now + LIFE, &row), ERR_OK);
		if (i % RATE == RATE - 1)
			assert_in_range(count_rows(g), 1, RATE * LIFE);
	}
	assert_int_equal(ask(g, "SELECT count(*) FROM dead_tokens WHERE expires_at > %lld",
	    (long long)NOW + SECONDS - 1), RATE * LIFE);
	assert_int_equal(ask(g, "SELECT count FROM audit"), RATE * SECONDS);
	assert_int_equal(ask(g, "SELECT count(*) FROM audit"), 1);
}

int
main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WITH(two_hundred_go_at_once_and_the_rest_a_second_later_until_none_is_left),
		WITH(nothing_that_lasts_is_removed),
		WITH(it_is_due_a_minute_later_whatever_the_clock_did_meanwhile),
		WITH(it_goes_on_when_the_moment_has_been_lost),
		WITH(a_sign_in_and_an_end_tidy_and_a_rotation_never_does),
		WITH(all_of_it_goes_in_bites_when_that_is_asked_for),
		WITH(the_audit_is_kept_for_400_days_and_for_eight_million_rows),
		WITH(a_flood_of_sign_ins_keeps_bounded),
		WITH(a_flood_of_dead_tokens_keeps_to_those_that_have_not_expired),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
