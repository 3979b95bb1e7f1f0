/*
 * test_races: what two hosts do to one user at the same moment comes out as if one had come after
 * the other. On SQLite writers wait for each other in any case; on PostgreSQL only where we say
 * so.
 */
#include "granted.h"

#include "store/dead_tokens.h"
#include "store/known_networks.h"
#include "store/sessions.h"
#include "store/sessions_sweep.h"
#include "store/tickets.h"

enum { HOSTS = 2, SIDES_MAX = 8, ROUNDS = 40 };

static struct db *hosts[HOSTS];

static int
set_up_hosts(void **state)
{
	struct database *g;

	if (set_up(state) != 0)
		return -1;
	g = *state;
	for (int i = 0; i < HOSTS; i++)
		assert_int_equal(db_open(&g->config, DB_WRITE, &hosts[i]), ERR_OK);
	return 0;
}

static int
tear_down_hosts(void **state)
{
	for (int i = 0; i < HOSTS; i++)
		db_close(hosts[i]);
	return tear_down(state);
}

/* What one thread does, and what came of it. */
struct side {
	enum err (*act)(const struct side *side);
	struct db *db;
	int64_t user_id;
	int64_t number;			/* of the side */
	int64_t round;
	int64_t signed_out_at;		/* of the user, as it was before the round */
	enum err err;
	pthread_barrier_t *barrier;
	pthread_t thread;
};

static void *
act_at_once(void *arg)
{
	struct side *side = arg;

	(void)pthread_barrier_wait(side->barrier);
	side->err = side->act(side);
	return NULL;
}

/* Lets all sides act at the same moment, half of them on each host. */
static void
race(struct side *sides, size_t count, int64_t round)
{
	pthread_barrier_t barrier;

	assert_int_equal(pthread_barrier_init(&barrier, NULL, (unsigned)count), 0);
	for (size_t i = 0; i < count; i++) {
		sides[i].db = hosts[i % HOSTS];
		sides[i].number = (int64_t)i;
		sides[i].round = round;
		sides[i].barrier = &barrier;
		assert_int_equal(pthread_create(&sides[i].thread, NULL, act_at_once, &sides[i]),
		    0);
	}
	for (size_t i = 0; i < count; i++)
		assert_int_equal(pthread_join(sides[i].thread, NULL), 0);
	(void)pthread_barrier_destroy(&barrier);
}

/* Returns how many sides have an err. */
static size_t
count_err(const struct side *sides, size_t count, enum err err)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += sides[i].err == err;
	return found;
}

/* A number that no other side of any round has. */
static int64_t
key_of(const struct side *side)
{
	return side->round * SIDES_MAX + side->number;
}

/* ---- what sides do */

static enum err
add_grant(const struct side *side)
{
	struct grant grant = grant_of(key_of(side), side->user_id, NOW);
	struct grants_terms of_round = terms;
	int64_t made_room;

	of_round.signed_out_at = side->signed_out_at;
	return grants_add(side->db, &grant, &of_round, &made_room);
}

static enum err
add_session(const struct side *side)
{
	struct sessions_row row = {
		.user_id = side->user_id, .created_at = NOW, .idle = 3600,
		.expires_at = NOW + 7200, .network = (char *)"", .agent = (char *)"",
	};
	int64_t made_room;

	number_bytes(key_of(side), row.digest, sizeof(row.digest));
	return sessions_add(side->db, &row, &(struct sessions_terms){
		.signed_out_at = side->signed_out_at }, &made_room);
}

static const struct grants_ending ending = {
	.now = NOW, .event = "grant ended", .reason = "signed out", .actor = "", .network = "",
	.detail = "signed out",
};

static enum err
do_end_everything(struct db_connection *connection, void *user_id)
{
	const int64_t id = *(int64_t *)user_id;
	struct grants_ended ended;
	int64_t sessions;
	enum err err = users_lock(connection, id);

	if (err == ERR_OK)
		err = grants_end_all(connection, id, NULL, &ending, &ended);
	return err == ERR_OK ? sessions_end_all(connection, id, NULL, &ending, &sessions) : err;
}

static enum err
end_everything(const struct side *side)
{
	int64_t id = side->user_id;

	return db_transact(side->db, do_end_everything, &id);
}

static enum err
do_delete(struct db_connection *connection, void *user_id)
{
	const enum err err = do_end_everything(connection, user_id);

	return err == ERR_OK ? users_delete(connection, *(int64_t *)user_id) : err;
}

static enum err
delete_user(const struct side *side)
{
	int64_t id = side->user_id;

	return db_transact(side->db, do_delete, &id);
}

static enum err
add_network(const struct side *side)
{
	char network[32];

	snprintf(network, sizeof(network), "network %d", (int)side->number);
	return known_networks_add(side->db, side->user_id, network, NOW + side->round, 0);
}

static enum err
do_add_ticket(struct db_connection *connection, void *arg)
{
	const struct side *side = arg;
	unsigned char digest[TICKETS_DIGEST_LEN];
	enum err err = users_check_email(connection, side->user_id, "old@example.org");

	number_bytes(key_of(side), digest, sizeof(digest));
	return err == ERR_OK ? tickets_add(connection, &(struct tickets_row){
		digest, "link", side->user_id, NOW + 3600 }) : err;
}

/* As who delivers a message to the old address does. */
static enum err
add_ticket(const struct side *side)
{
	return db_transact(side->db, do_add_ticket, (void *)(uintptr_t)side);
}

static enum err
do_set_email(struct db_connection *connection, void *arg)
{
	const struct side *side = arg;

	return users_set_profile(connection, side->user_id, &(struct profile){
		.email = "new@example.org" });
}

static enum err
set_email(const struct side *side)
{
	return db_transact(side->db, do_set_email, (void *)(uintptr_t)side);
}

static enum err
do_use_ticket(struct db_connection *connection, void *arg)
{
	const struct side *side = arg;
	unsigned char digest[TICKETS_DIGEST_LEN];
	int64_t found, id = side->user_id;
	enum err err = users_lock(connection, id);

	number_bytes(side->round, digest, sizeof(digest));
	if (err == ERR_OK)
		err = tickets_use(connection, digest, "link", NOW, &found);
	if (err == ERR_OK && found == 0)
		return ERR_LINK;
	return err == ERR_OK ? do_end_everything(connection, &id) : err;
}

static enum err
use_ticket(const struct side *side)
{
	return db_transact(side->db, do_use_ticket, (void *)(uintptr_t)side);
}

static enum err
kill_token(const struct side *side)
{
	unsigned char id[DEAD_TOKENS_ID_LEN];

	number_bytes(side->round, id, sizeof(id));
	return dead_tokens_add(side->db, id, NOW + 5, &(struct audits_row){
		.at = NOW, .event = "token revoked", .actor = "", .client_id = "", .network = "",
		.detail = "", .count = 1 });
}

static enum err
count_refusal(const struct side *side)
{
	return audits_add_alone(side->db, &(struct audits_row){
		.at = NOW, .event = "refused", .user_id = side->number % 4 < 2 ? side->user_id : 0,
		.actor = "", .client_id = "", .network = "", .detail = "wrong_password",
		.count = 1, .join = AUDITS_JOINS_LAST });
}

static enum err
add_name(const struct side *side)
{
	char name[32];
	struct user user = {
		.username = name, .username_key = name, .hashed_password = (char *)"x",
		.is_active = true, .scope = (char *)"", .groups = (char *)"",
	};

	if (side->user_id != 0)
		snprintf(name, sizeof(name), "same %d", (int)side->round);
	else
		snprintf(name, sizeof(name), "other %d", (int)key_of(side));
	return db_transact(side->db, do_add_user, &user);
}

static enum err
do_import(struct db_connection *connection, void *arg)
{
	const struct side *side = arg;
	int64_t highest, present;
	char name[32];
	struct user user = {
		.username = name, .username_key = name, .hashed_password = (char *)"",
		.scope = (char *)"", .groups = (char *)"",
	};
	enum err err = users_find_highest_id(connection, &highest);

	for (int i = 1; i <= 3 && err == ERR_OK; i++) {
		snprintf(name, sizeof(name), "import %d %d", (int)key_of(side), i);
		user.id = highest + i;
		err = users_import(connection, &user, &present);
	}
	return err == ERR_OK ? users_end_import(connection) : err;
}

static enum err
import(const struct side *side)
{
	return db_transact(side->db, do_import, (void *)(uintptr_t)side);
}

/* ---- what must come of it */

static void
nothing_outlives_the_end_of_everything_that_began_before(void **state)
{
	const struct database *g = *state;

	for (int64_t round = 0; round < ROUNDS; round++) {
		struct side sides[] = {
			{ .act = add_grant }, { .act = add_session }, { .act = end_everything },
			{ .act = add_grant }, { .act = add_session },
		};
		const size_t count = sizeof(sides) / sizeof(sides[0]);

		for (size_t i = 0; i < count; i++) {
			sides[i].user_id = g->alice;
			sides[i].signed_out_at = ask(g, "SELECT signed_out_at FROM users");
		}
		race(sides, count, round);

		assert_int_equal(sides[2].err, ERR_OK);
		assert_int_equal(count_err(sides, count, ERR_OK) +
		    count_err(sides, count, ERR_NO_USER), count);
		assert_int_equal(ask(g, "SELECT count(*) FROM grants WHERE revoked_at = 0"), 0);
		assert_int_equal(ask(g, "SELECT count(*) FROM sessions"), 0);
	}
}

static void
a_user_who_is_deleted_takes_everything_along(void **state)
{
	const struct database *g = *state;
	char name[32];

	for (int64_t round = 0; round < ROUNDS; round++) {
		struct side sides[] = {
			{ .act = add_grant }, { .act = add_session }, { .act = delete_user },
			{ .act = add_network }, { .act = add_ticket }, { .act = end_everything },
		};
		const size_t count = sizeof(sides) / sizeof(sides[0]);
		int64_t id;

		snprintf(name, sizeof(name), "user %d", (int)round);
		id = add_user(g->db, name);
		(void)ask(g, "UPDATE users SET email = 'old@example.org'");
		for (size_t i = 0; i < count; i++)
			sides[i].user_id = id;
		/* As if nobody had ended anything: the deletion alone is what they race with. */
		race(sides, count, round);

		assert_int_equal(sides[2].err, ERR_OK);
		assert_int_equal(count_err(sides, count, ERR_OK) +
		    count_err(sides, count, ERR_NO_USER), count);
		assert_int_equal(ask(g, "SELECT (SELECT count(*) FROM grants) + "
		    "(SELECT count(*) FROM sessions) + (SELECT count(*) FROM tickets) + "
		    "(SELECT count(*) FROM known_networks)"), 0);
	}
}

static void
the_limits_of_a_user_hold_on_all_hosts_together(void **state)
{
	const struct database *g = *state;

	for (int64_t round = 0; round < ROUNDS; round++) {
		struct side sides[SIDES_MAX] = {{0}};

		for (size_t i = 0; i < SIDES_MAX; i++) {
			sides[i].act = i < 4 ? add_grant : add_session;
			sides[i].user_id = g->alice;
		}
		race(sides, SIDES_MAX, round);
		assert_int_equal(count_err(sides, SIDES_MAX, ERR_OK), SIDES_MAX);
	}
	assert_int_equal(ask(g, "SELECT count(*) FROM sessions"), SESSIONS_MAX);
	assert_int_equal(ask(g, "SELECT count(*) FROM grants WHERE current IS NOT NULL"),
	    GRANTS_REFRESHABLE_MAX);
}

static void
no_link_to_an_address_outlives_its_change(void **state)
{
	const struct database *g = *state;

	for (int64_t round = 0; round < ROUNDS; round++) {
		struct side sides[] = {
			{ .act = add_ticket }, { .act = set_email }, { .act = add_ticket },
		};

		(void)ask(g, "UPDATE users SET email = 'old@example.org'");
		for (size_t i = 0; i < 3; i++)
			sides[i].user_id = g->alice;
		race(sides, 3, round);

		assert_int_equal(sides[1].err, ERR_OK);
		assert_int_equal(ask(g, "SELECT count(*) FROM tickets"), 0);
	}
}

static void
a_link_is_used_once_whatever_ends_meanwhile(void **state)
{
	const struct database *g = *state;
	int64_t used = 0, gone = 0;

	for (int64_t round = 0; round < ROUNDS; round++) {
		struct side sides[] = {
			{ .act = use_ticket }, { .act = use_ticket }, { .act = use_ticket },
			{ .act = use_ticket }, { .act = end_everything },
		};
		struct side adding = { .act = add_ticket, .user_id = g->alice, .db = g->db };
		size_t done;

		(void)ask(g, "UPDATE users SET email = 'old@example.org'");
		adding.round = 0;
		adding.number = round;
		assert_int_equal(add_ticket(&adding), ERR_OK);
		for (size_t i = 0; i < 5; i++)
			sides[i].user_id = g->alice;
		race(sides, 5, round);

		done = count_err(sides, 4, ERR_OK);
		assert_in_range(done, 0, 1);
		assert_int_equal(count_err(sides, 4, ERR_LINK), 4 - done);
		assert_int_equal(sides[4].err, ERR_OK);
		used += done == 1;
		gone += done == 0;
	}
	assert_int_equal(used + gone, ROUNDS);
	assert_true(used > 0);
}

static void
what_is_told_once_is_told_once(void **state)
{
	const struct database *g = *state;

	for (int64_t round = 0; round < ROUNDS; round++) {
		struct side sides[4] = {{0}};

		for (size_t i = 0; i < 4; i++)
			sides[i].act = kill_token;
		race(sides, 4, round);
		assert_int_equal(count_err(sides, 4, ERR_OK), 4);
	}
	assert_int_equal(ask(g, "SELECT count(*) FROM dead_tokens"), ROUNDS);
	assert_int_equal(ask(g, "SELECT sum(count) FROM audit"), ROUNDS);
}

static void
no_refusal_is_lost_and_few_rows_count_them(void **state)
{
	const struct database *g = *state;

	for (int64_t round = 0; round < ROUNDS; round++) {
		struct side sides[SIDES_MAX] = {{0}};

		for (size_t i = 0; i < SIDES_MAX; i++) {
			sides[i].act = count_refusal;
			sides[i].user_id = g->alice;
		}
		race(sides, SIDES_MAX, round);
		assert_int_equal(count_err(sides, SIDES_MAX, ERR_OK), SIDES_MAX);
	}
	assert_int_equal(ask(g, "SELECT sum(count) FROM audit"), ROUNDS * SIDES_MAX);
	/* At worst each that came first saw no other. */
	assert_true(ask(g, "SELECT count(*) FROM audit") <= SIDES_MAX);
}

static void
eight_networks_of_a_user_are_known(void **state)
{
	const struct database *g = *state;

	for (int64_t round = 0; round < ROUNDS; round++) {
		struct side sides[SIDES_MAX] = {{0}};

		(void)ask(g, "INSERT INTO known_networks (user_id, network, at) VALUES (%d, "
		    "'round %d', %d)", (int)g->alice, (int)round, NOW + (int)round);
		for (size_t i = 0; i < SIDES_MAX; i++) {
			sides[i].act = add_network;
			sides[i].user_id = g->alice;
		}
		race(sides, SIDES_MAX, round + 1);
		assert_int_equal(count_err(sides, SIDES_MAX, ERR_OK), SIDES_MAX);
		assert_int_equal(ask(g, "SELECT count(*) FROM known_networks"),
		    KNOWN_NETWORKS_MAX);
	}
}

static void
a_name_and_an_id_are_given_once_while_others_are_imported(void **state)
{
	const struct database *g = *state;
	int64_t before = ask(g, "SELECT count(*) FROM users");

	for (int64_t round = 0; round < ROUNDS; round++) {
		/* The first two want the same name. */
		struct side sides[] = {
			{ .act = add_name, .user_id = 1 }, { .act = add_name, .user_id = 1 },
			{ .act = add_name }, { .act = import }, { .act = add_name },
			{ .act = import },
		};

		race(sides, 6, round + 1);

		assert_int_equal(count_err(sides, 2, ERR_OK), 1);
		assert_int_equal(count_err(sides, 2, ERR_CONFLICT), 1);
		assert_int_equal(count_err(&sides[2], 4, ERR_OK), 4);
	}
	assert_int_equal(ask(g, "SELECT count(*) FROM users"), before + ROUNDS * 9);
}

int
main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up_hosts, tear_down_hosts)
	const struct CMUnitTest tests[] = {
		WITH(nothing_outlives_the_end_of_everything_that_began_before),
		WITH(a_user_who_is_deleted_takes_everything_along),
		WITH(the_limits_of_a_user_hold_on_all_hosts_together),
		WITH(no_link_to_an_address_outlives_its_change),
		WITH(a_link_is_used_once_whatever_ends_meanwhile),
		WITH(what_is_told_once_is_told_once),
		WITH(no_refusal_is_lost_and_few_rows_count_them),
		WITH(eight_networks_of_a_user_are_known),
		WITH(a_name_and_an_id_are_given_once_while_others_are_imported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
