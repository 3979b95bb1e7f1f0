/* test_grants_cost: a check writes no page, and a rotation one, whatever rows there are. */
#include "granted.h"

enum {
	ROWS = 40,		/* of each length: more than two pages hold */
	LENGTHS = 20,		/* so that some rows leave no room in their page */
	ROTATIONS = 3,
	GRANTS = ROWS * LENGTHS,
};

/* Stores grants of many lengths, those of one length side by side; each user has one. */
static void
store_many(const struct database *g)
{
	char agent[LENGTHS + 1] = "";

	for (int64_t i = 0; i < GRANTS; i++) {
		struct grant grant = grant_of(i, g->alice + i % 20, NOW);

		if (i < 20 && i > 0) {
			char name[32];

			snprintf(name, sizeof(name), "user-%d", (int)i);
			assert_int_equal(add_user(g->db, name), g->alice + i);
		}
		agent[i / ROWS] = 'x';
		grant.agent = agent;
		store(g->db, &grant);
	}
}

static void
each_rotation_writes_one_page_and_nothing_grows(void **state)
{
	const struct database *g = *state;
	struct log_state before;

	store_many(g);
	before = look_at_log(g);

	for (int64_t round = 0; round < ROTATIONS; round++)
		for (int64_t i = 0; i < GRANTS; i++) {
			struct log_state log = look_at_log(g);

			assert_true(rotate(g->db, i, i + 5000 * round, i + 5000 * (round + 1),
			    NOW + 60 * round));
			assert_int_equal(pages_since(g, log), 1);
		}

	assert_int_equal(look_at_log(g).database_pages, before.database_pages);
	assert_int_equal(ask(g, "SELECT count(*) FROM grants"), GRANTS);
	assert_int_equal(ask(g, "SELECT count(*) FROM audit"), 0);
}

static void
a_look_at_a_grant_or_a_token_writes_nothing(void **state)
{
	const struct database *g = *state;
	struct grant grant = grant_of(1, g->alice, NOW), *found;
	const struct grants_claim claims[] = {
		{ .uid = g->alice, .gid = grant.id, .jti = grant.id, .issued_at = NOW },
		{ .uid = g->alice, .gid = NULL, .jti = grant.id, .issued_at = NOW },
		{ .uid = 99, .gid = grant.id, .jti = grant.id, .issued_at = NOW },
	};
	struct log_state log;
	struct grants_bearer bearer;
	struct user *user;

	store(g->db, &grant);
	log = look_at_log(g);

	for (int64_t later = 0; later <= TTL; later += TTL / 4) {
		for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
			assert_int_equal(grants_find_bearer(g->db, &claims[i], NOW + later,
			    &usual_spans, &bearer), ERR_OK);
			user_free(bearer.user);
		}
		assert_int_equal(grants_find(g->db, grant.id, &found, &user), ERR_OK);
		grant_free(found);
		user_free(user);
	}

	assert_int_equal(look_at_log(g).changes, log.changes);
}

static void
a_change_that_comes_too_late_writes_nothing(void **state)
{
	const struct database *g = *state;
	struct grant grant = grant_of(1, g->alice, NOW);
	struct log_state log;
	bool is_done;

	store(g->db, &grant);
	log = look_at_log(g);

	assert_false(rotate(g->db, 1, 2, 3, NOW + 60));
	assert_false(rotate(g->db, 2, 1, 3, NOW + 60));
	assert_int_equal(grants_count(g->db, grant.id, -1, NOW, &is_done), ERR_OK);
	assert_false(is_done);

	assert_int_equal(look_at_log(g).changes, log.changes);
}

int
main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WITH(each_rotation_writes_one_page_and_nothing_grows),
		WITH(a_look_at_a_grant_or_a_token_writes_nothing),
		WITH(a_change_that_comes_too_late_writes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
