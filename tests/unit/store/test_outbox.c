/* test_outbox: messages are found when they are due, and claimed once. */
#include "granted.h"

#include "store/outbox.h"

struct work {
	struct outbox_row row;
	const struct outbox_message *message;
	int64_t now;
	bool is_done;
};

static enum err
add(struct db_connection *connection, void *arg)
{
	return outbox_add(connection, &((struct work *)arg)->row);
}

static enum err
claim(struct db_connection *connection, void *arg)
{
	struct work *work = arg;

	return outbox_claim(connection, work->message, work->now, &work->is_done);
}

/* Adds a message that is due at a moment; returns its id. */
static int64_t
add_message(const struct database *g, int64_t at, int64_t user_id)
{
	struct work work = { .row = {
		.at = at, .user_id = user_id, .kind = "link", .data = "language=de\n" } };

	assert_int_equal(db_transact(g->db, add, &work), ERR_OK);
	return work.row.id;
}

static bool
claim_message(const struct database *g, const struct outbox_message *message, int64_t now)
{
	struct work work = { .message = message, .now = now };

	assert_int_equal(db_transact(g->db, claim, &work), ERR_OK);
	return work.is_done;
}

static void
the_one_that_is_due_first_is_found_and_then_the_next(void **state)
{
	const struct database *g = *state;
	struct outbox_message message;

	assert_int_equal(outbox_find(g->db, 0, &message), ERR_OK);
	assert_int_equal(message.id, 0);
	assert_false(outbox_is_due(&message, NOW));

	const int64_t later = add_message(g, NOW + 5, g->alice), first = add_message(g, NOW, 0);

	assert_int_equal(outbox_find(g->db, 0, &message), ERR_OK);
	assert_int_equal(message.id, first);
	assert_int_equal(message.user_id, 0);
	assert_true(outbox_is_due(&message, NOW));
	assert_int_equal(outbox_remove(g->db, message.id), ERR_OK);
	assert_int_equal(outbox_remove(g->db, message.id), ERR_OK);
	outbox_message_clear(&message);

	assert_int_equal(outbox_find(g->db, 0, &message), ERR_OK);
	assert_int_equal(message.id, later);
	assert_int_equal(message.user_id, g->alice);
	assert_string_equal(message.kind, "link");
	assert_string_equal(message.data, "language=de\n");
	assert_false(outbox_is_due(&message, NOW + 4));
	assert_true(outbox_is_due(&message, NOW + 5));
	/* A clock that was wrong has written it. */
	assert_true(outbox_is_due(&message, NOW - 86400));
	outbox_message_clear(&message);
	assert_int_equal(outbox_find(g->db, first, &message), ERR_OK);
	assert_int_equal(message.id, 0);
}

static void
of_two_who_have_found_a_message_one_claims_it(void **state)
{
	const struct database *g = *state;
	struct outbox_message first, second;

	(void)add_message(g, NOW, g->alice);
	assert_int_equal(outbox_find(g->db, 0, &first), ERR_OK);
	assert_int_equal(outbox_find(g->db, 0, &second), ERR_OK);
	assert_true(claim_message(g, &first, NOW));
	assert_false(claim_message(g, &second, NOW));
	assert_int_equal(outbox_remove(g->db, first.id), ERR_OK);
	assert_false(claim_message(g, &second, NOW));
	outbox_message_clear(&first);
	outbox_message_clear(&second);
}

static void
each_claim_puts_a_message_off_for_longer_up_to_an_hour(void **state)
{
	static const int64_t pauses[] = { 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600 };
	const struct database *g = *state;
	int64_t now = NOW;

	(void)add_message(g, NOW, g->alice);
	for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
		struct outbox_message message;

		assert_int_equal(outbox_find(g->db, 0, &message), ERR_OK);
		assert_int_equal(message.tries, i);
		assert_int_equal(message.at, now);
		assert_true(claim_message(g, &message, now));
		now += pauses[i];
		outbox_message_clear(&message);
	}
	assert_int_equal(ask(g, "SELECT at FROM outbox"), now);
}

static enum err
tidy_once(struct db_connection *connection, void *now)
{
	return tidy_bite(connection, *(int64_t *)now);
}

static void
what_nobody_delivers_is_tidied_away_two_days_after_it_was_due(void **state)
{
	const struct database *g = *state;
	int64_t now = NOW;

	(void)add_message(g, NOW - 2 * 86400, g->alice);
	(void)add_message(g, NOW - 2 * 86400 + 1, g->alice);
	assert_int_equal(db_transact(g->db, tidy_once, &now), ERR_OK);
	assert_int_equal(ask(g, "SELECT count(*) FROM outbox"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_one_that_is_due_first_is_found_and_then_the_next),
		TEST(of_two_who_have_found_a_message_one_claims_it),
		TEST(each_claim_puts_a_message_off_for_longer_up_to_an_hour),
		TEST(what_nobody_delivers_is_tidied_away_two_days_after_it_was_due),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
