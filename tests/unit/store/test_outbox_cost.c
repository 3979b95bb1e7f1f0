/* test_outbox_cost: the time that a message takes to write does not tell whether it has a user. */
#include "granted.h"

#include "store/outbox.h"

static enum err
do_add(struct db_connection *connection, void *user_id)
{
	struct outbox_row row = {
		.at = NOW, .user_id = *(int64_t *)user_id, .kind = "link", .data = "language=de\n",
	};

	return outbox_add(connection, &row);
}

static uint32_t
pages_of_one_more(struct database *g, int64_t user_id)
{
	const struct log_state before = look_at_log(g);

	assert_int_equal(db_transact(g->db, do_add, &user_id), ERR_OK);
	return pages_since(g, before);
}

static void
a_message_to_nobody_costs_the_pages_of_one_to_a_user(void **state)
{
	struct database *g = *state;

	for (int i = 0; i < 20; i++) {
		const uint32_t to_user = pages_of_one_more(g, g->alice);

		assert_true(to_user > 0);
		assert_int_equal(pages_of_one_more(g, 0), to_user);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_message_to_nobody_costs_the_pages_of_one_to_a_user, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
