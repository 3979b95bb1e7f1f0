/* test_tickets: what is good once, of one kind, until its end, and for its user. */
#include "granted.h"

#include "store/tickets.h"

enum { END = NOW + 3600 };

static const unsigned char digest[TICKETS_DIGEST_LEN] = { 1 }, other[TICKETS_DIGEST_LEN] = { 2 };

struct asked {
	const unsigned char *digest;
	const char *kind;
	int64_t now;
	int64_t user_id;	/* of the ticket that is added, or was used */
};

static enum err
do_add(struct db_connection *connection, void *arg)
{
	const struct asked *asked = arg;

	return tickets_add(connection, &(struct tickets_row){
		.digest = asked->digest, .kind = asked->kind, .user_id = asked->user_id,
		.expires_at = END });
}

static enum err
add(const struct database *g, const unsigned char *added, int64_t user_id)
{
	return db_transact(g->db, do_add, &(struct asked){ added, "link", 0, user_id });
}

static enum err
do_use(struct db_connection *connection, void *arg)
{
	struct asked *asked = arg;

	return tickets_use(connection, asked->digest, asked->kind, asked->now, &asked->user_id);
}

/* Returns whose it was; 0: nothing was used. */
static int64_t
use(const struct database *g, const unsigned char *used, const char *kind, int64_t now)
{
	struct asked asked = { used, kind, now, -1 };

	assert_int_equal(db_transact(g->db, do_use, &asked), ERR_OK);
	return asked.user_id;
}

/* Returns whose it is; 0: nobody's. */
static int64_t
find(const struct database *g, const unsigned char *found, const char *kind, int64_t now)
{
	struct user *user = NULL;	/* owned */
	int64_t id;

	assert_int_equal(tickets_find(g->db, found, kind, now, &user), ERR_OK);
	id = user == NULL ? 0 : user->id;
	assert_true(user == NULL || user->hashed_password == NULL);
	user_free(user);
	return id;
}

static void
a_ticket_is_used_once_and_looking_uses_nothing(void **state)
{
	const struct database *g = *state;

	assert_int_equal(add(g, digest, g->alice), ERR_OK);
	assert_int_equal(find(g, digest, "link", NOW), g->alice);
	assert_int_equal(find(g, digest, "link", NOW), g->alice);

	assert_int_equal(use(g, digest, "link", NOW), g->alice);

	assert_int_equal(use(g, digest, "link", NOW), 0);
	assert_int_equal(find(g, digest, "link", NOW), 0);
}

static void
it_is_none_of_another_digest_or_kind_or_after_its_end(void **state)
{
	const struct database *g = *state;
	const struct asked cases[] = {
		{ other, "link", NOW, 0 }, { digest, "invitation", NOW, 0 },
		{ digest, "link", END, 0 }, { digest, "link", END + 1, 0 },
	};

	assert_int_equal(add(g, digest, g->alice), ERR_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(find(g, cases[i].digest, cases[i].kind, cases[i].now), 0);
		assert_int_equal(use(g, cases[i].digest, cases[i].kind, cases[i].now), 0);
	}

	assert_int_equal(find(g, digest, "link", END - 1), g->alice);
	assert_int_equal(use(g, digest, "link", END - 1), g->alice);
}

static enum err
do_remove_all(struct db_connection *connection, void *user_id)
{
	return tickets_remove_all(connection, *(int64_t *)user_id);
}

static void
all_of_a_user_go_and_no_others(void **state)
{
	struct database *g = *state;
	const int64_t bob = add_user(g->db, "bob");

	assert_int_equal(add(g, digest, g->alice), ERR_OK);
	assert_int_equal(add(g, other, bob), ERR_OK);

	assert_int_equal(db_transact(g->db, do_remove_all, &g->alice), ERR_OK);

	assert_int_equal(find(g, digest, "link", NOW), 0);
	assert_int_equal(find(g, other, "link", NOW), bob);
}

static void
a_digest_stands_once_and_a_user_who_is_gone_gets_none(void **state)
{
	const struct database *g = *state;

	assert_int_equal(add(g, digest, g->alice), ERR_OK);

	assert_int_equal(add(g, digest, g->alice), ERR_CONFLICT);
	assert_int_equal(add(g, other, g->alice + 1000), ERR_REFERENCED);
	assert_int_equal(find(g, digest, "link", NOW), g->alice);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_ticket_is_used_once_and_looking_uses_nothing),
		TEST(it_is_none_of_another_digest_or_kind_or_after_its_end),
		TEST(all_of_a_user_go_and_no_others),
		TEST(a_digest_stands_once_and_a_user_who_is_gone_gets_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
