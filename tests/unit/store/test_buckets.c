/* test_buckets: attempts are counted one by one, in a file and in a table. */
#include "database.h"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "store/buckets.h"
#include "store/charge.h"

enum { INTERVAL = 600, SLACK_MS = 60000, THREADS = 16, ENTRIES = 1024 };

/* Seconds since the boot. */
static int64_t boot_clock;

/* In place of the C library's: tells the time of the test to who asks how long the host is up. */
int
clock_gettime(clockid_t clock, struct timespec *now)
{
	if (clock != CLOCK_BOOTTIME)
		return (int)syscall(SYS_clock_gettime, clock, now);
	*now = (struct timespec){ .tv_sec = boot_clock };
	return 0;
}

struct fixture {
	struct database database;
	struct buckets *buckets;
};

static void
open_buckets(struct fixture *f)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/attempts", f->database.directory);
	assert_int_equal(database_is_sqlite() ? buckets_open_mapped(path, ENTRIES, &f->buckets)
	    : buckets_open_table(f->database.db, &f->buckets), ERR_OK);
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	boot_clock = 100000;
	database_make(&f->database, JOURNAL_WAL, 10000);
	database_open(&f->database);
	open_buckets(f);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	buckets_close(f->buckets);
	database_remove(&f->database, (const char *const[]){ "attempts", NULL });
	free(f);
	return 0;
}

/* Lets time pass. */
static void
pass(struct fixture *f, int64_t seconds)
{
	boot_clock += seconds;
	if (!database_is_sqlite())
		(void)database_ask(&f->database, "UPDATE attempts SET full_at = full_at - %lld",
		    (long long)seconds * 1000);
}

/* 5 at once, then one in 600 s. */
static struct bucket
of_account(const char *account)
{
	return (struct bucket){ BUCKET_STRANGERS, account, NULL, { 5, INTERVAL } };
}

/* Takes an attempt. Returns 0, or the milliseconds until there is another one. */
static int64_t
take(struct fixture *f, const struct bucket *bucket)
{
	struct buckets_refusal refusal;
	const enum err err = buckets_take(f->buckets, bucket, 1, &refusal);

	if (err == ERR_OK)
		return 0;
	assert_int_equal(err, ERR_ATTEMPTS);
	assert_int_equal(refusal.which, 0);
	return refusal.wait_ms;
}

static int
take_all(struct fixture *f, const struct bucket *bucket)
{
	int count = 0;

	while (take(f, bucket) == 0)
		count++;
	return count;
}

static struct buckets_level
look(struct fixture *f, const struct bucket *bucket)
{
	struct buckets_level level;

	assert_int_equal(buckets_look(f->buckets, bucket, 1, &level), ERR_OK);
	return level;
}

/* The test itself takes time. */
static void
assert_wait(int64_t wait_ms, int64_t seconds)
{
	assert_in_range(wait_ms, seconds * 1000 - SLACK_MS, seconds * 1000);
}

static void
full_bucket_has_as_many_attempts_as_it_holds_at_once(void **state)
{
	struct fixture *f = *state;
	const struct bucket bucket = of_account("alice");

	assert_int_equal(take_all(f, &bucket), 5);
	assert_wait(take(f, &bucket), INTERVAL);
}

static void
attempts_come_back_one_by_one(void **state)
{
	struct fixture *f = *state;
	const struct bucket bucket = of_account("alice");

	assert_int_equal(take_all(f, &bucket), 5);
	pass(f, INTERVAL - 300);
	assert_wait(take(f, &bucket), 300);
	pass(f, 300);
	assert_int_equal(take_all(f, &bucket), 1);
	pass(f, 2 * INTERVAL);
	assert_int_equal(take_all(f, &bucket), 2);
	pass(f, 100 * INTERVAL);
	assert_int_equal(take_all(f, &bucket), 5);
}

static void
refused_attempts_cost_nothing(void **state)
{
	struct fixture *f = *state;
	const struct bucket bucket = of_account("alice");

	assert_int_equal(take_all(f, &bucket), 5);
	for (int i = 0; i < 100; i++)
		assert_wait(take(f, &bucket), INTERVAL);
	pass(f, INTERVAL);
	assert_int_equal(take(f, &bucket), 0);
}

static void
attempt_that_is_given_back_can_be_taken_again(void **state)
{
	struct fixture *f = *state;
	const struct bucket bucket = of_account("alice");

	for (int i = 0; i < 20; i++) {
		assert_int_equal(take(f, &bucket), 0);
		buckets_give_back(f->buckets, &bucket, 1);
	}
	assert_int_equal(take_all(f, &bucket), 5);
	buckets_give_back(f->buckets, &bucket, 1);
	assert_int_equal(take_all(f, &bucket), 1);
}

static void
giving_back_to_a_full_bucket_adds_nothing(void **state)
{
	struct fixture *f = *state;
	const struct bucket bucket = of_account("alice");

	for (int i = 0; i < 10; i++)
		buckets_give_back(f->buckets, &bucket, 1);
	assert_int_equal(take(f, &bucket), 0);
	for (int i = 0; i < 10; i++)
		buckets_give_back(f->buckets, &bucket, 1);
	assert_int_equal(take_all(f, &bucket), 5);
}

static void
buckets_that_differ_in_one_member_are_counted_apart(void **state)
{
	static const struct bucket apart[] = {
		{ BUCKET_STRANGERS, "alice", NULL, { 5, INTERVAL } },
		{ BUCKET_KNOWN, "alice", NULL, { 5, INTERVAL } },
		{ BUCKET_STRANGERS, "alic", NULL, { 5, INTERVAL } },
		{ BUCKET_STRANGERS, "alic", "e", { 5, INTERVAL } },
		{ BUCKET_STRANGERS, NULL, "alice", { 5, INTERVAL } },
		{ BUCKET_STRANGERS, "", NULL, { 5, INTERVAL } },
		{ BUCKET_SOURCE, NULL, "192.0.2.1", { 5, INTERVAL } },
		{ BUCKET_ACCOUNT_SOURCE, "alice", "192.0.2.1", { 5, INTERVAL } },
		{ BUCKET_ACCOUNT_SOURCE, "alice", "192.0.2.2", { 5, INTERVAL } },
		{ BUCKET_REGISTRATION, NULL, "192.0.2.1", { 5, INTERVAL } },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(apart) / sizeof(apart[0]); i++)
		assert_int_equal(take_all(f, &apart[i]), 5);
}

static void
names_as_long_as_names_may_be_are_told_apart_by_their_last_byte(void **state)
{
	struct fixture *f = *state;
	char a[256], b[256];

	memset(a, 'x', sizeof(a));
	a[255] = '\0';
	memcpy(b, a, sizeof(b));
	b[254] = 'y';
	assert_int_equal(take_all(f, &(struct bucket){ BUCKET_STRANGERS, a, NULL,
	    { 5, INTERVAL } }), 5);
	assert_int_equal(take_all(f, &(struct bucket){ BUCKET_STRANGERS, b, NULL,
	    { 5, INTERVAL } }), 5);
}

static void
attempt_is_taken_from_all_buckets_or_from_none(void **state)
{
	const struct bucket list[] = {
		{ BUCKET_SOURCE, NULL, "192.0.2.1", { 5, INTERVAL } },
		{ BUCKET_STRANGERS, "alice", NULL, { 2, INTERVAL } },
		{ BUCKET_KNOWN, "alice", NULL, { 3, 2 * INTERVAL } },
	};
	struct fixture *f = *state;
	struct buckets_refusal refusal;

	for (int i = 0; i < 2; i++)
		assert_int_equal(buckets_take(f->buckets, list, 3, &refusal), ERR_OK);
	assert_int_equal(buckets_take(f->buckets, list, 3, &refusal), ERR_ATTEMPTS);
	assert_int_equal(refusal.which, 1);
	assert_wait(refusal.wait_ms, INTERVAL);
	assert_int_equal(take_all(f, &list[2]), 1);
	/* All of them must have one: the longest wait counts. */
	assert_int_equal(buckets_take(f->buckets, list, 3, &refusal), ERR_ATTEMPTS);
	assert_int_equal(refusal.which, 1);
	assert_wait(refusal.wait_ms, 2 * INTERVAL);
	buckets_give_back(f->buckets, list, 3);
	assert_int_equal(buckets_take(f->buckets, list, 3, &refusal), ERR_OK);
	assert_int_equal(take_all(f, &list[0]), 3);
}

static void
filled_bucket_is_full_and_others_are_not(void **state)
{
	struct fixture *f = *state;
	const struct bucket alice = of_account("alice"), bob = of_account("bob");

	assert_int_equal(take_all(f, &alice), 5);
	assert_int_equal(take_all(f, &bob), 5);
	assert_int_equal(buckets_fill(f->buckets, &alice), ERR_OK);
	assert_int_equal(take_all(f, &alice), 5);
	assert_int_equal(take_all(f, &bob), 0);
	assert_int_equal(buckets_fill_all(f->buckets), ERR_OK);
	assert_int_equal(take_all(f, &alice), 5);
	assert_int_equal(take_all(f, &bob), 5);
}

static void
look_tells_what_is_taken_and_takes_nothing(void **state)
{
	struct fixture *f = *state;
	const struct bucket bucket = of_account("alice");
	struct buckets_level level = look(f, &bucket);

	assert_int_equal(level.taken, 0);
	assert_int_equal(level.wait_ms, 0);
	for (int i = 1; i <= 5; i++) {
		assert_int_equal(take(f, &bucket), 0);
		level = look(f, &bucket);
		assert_int_equal(level.taken, i);
		if (i < 5)
			assert_int_equal(level.wait_ms, 0);
		else
			assert_wait(level.wait_ms, INTERVAL);
	}
	pass(f, INTERVAL / 2);
	level = look(f, &bucket);
	assert_int_equal(level.taken, 5);
	assert_wait(level.wait_ms, INTERVAL / 2);
}

static void
buckets_that_are_not_full_are_counted_by_their_kind(void **state)
{
	const struct bucket alice = of_account("alice"), bob = of_account("bob");
	const struct bucket network = { BUCKET_SOURCE, NULL, "192.0.2.1", { 5, 2 * INTERVAL } };
	struct fixture *f = *state;
	size_t counts[BUCKET_KINDS];

	assert_int_equal(take(f, &alice), 0);
	assert_int_equal(take(f, &bob), 0);
	assert_int_equal(take(f, &network), 0);
	assert_int_equal(buckets_count(f->buckets, counts), ERR_OK);
	assert_int_equal(counts[BUCKET_STRANGERS], 2);
	assert_int_equal(counts[BUCKET_SOURCE], 1);
	assert_int_equal(counts[BUCKET_KNOWN], 0);
	pass(f, INTERVAL);
	assert_int_equal(buckets_count(f->buckets, counts), ERR_OK);
	assert_int_equal(counts[BUCKET_STRANGERS], 0);
	assert_int_equal(counts[BUCKET_SOURCE], 1);
}

/* ---- together */

struct racer {
	struct fixture *f;
	pthread_t thread;
	int taken;
};

static const struct bucket raced[] = {
	{ BUCKET_SOURCE, NULL, "192.0.2.1", { 1000, INTERVAL } },
	{ BUCKET_ACCOUNT_SOURCE, "alice", "192.0.2.1", { 1000, INTERVAL } },
	{ BUCKET_STRANGERS, "alice", NULL, { 10, INTERVAL } },
};

static void *
race(void *arg)
{
	struct racer *racer = arg;
	struct buckets_refusal refusal;
	enum err err;

	for (int i = 0; i < 5; i++) {
		err = buckets_take(racer->f->buckets, raced, 3, &refusal);
		racer->taken += err == ERR_OK;
		assert_true(err == ERR_OK || (err == ERR_ATTEMPTS && refusal.which == 2));
	}
	return NULL;
}

static void
threads_together_take_as_many_as_there_are_and_no_more(void **state)
{
	struct fixture *f = *state;
	struct racer racers[THREADS];
	int taken = 0;

	for (int i = 0; i < THREADS; i++) {
		racers[i] = (struct racer){ .f = f };
		assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(racers[i].thread, NULL), 0);
		taken += racers[i].taken;
	}
	assert_int_equal(taken, 10);
	/* What was refused is charged to none. */
	for (int i = 0; i < 3; i++)
		assert_int_equal(look(f, &raced[i]).taken, 10);
}

/* ---- who signs in */

static void
add_alice(struct fixture *f)
{
	(void)database_ask(&f->database, "INSERT INTO users (id, username, username_key, "
	    "hashed_password) VALUES (7, 'Alice', 'alice', 'hash')");
	(void)database_ask(&f->database, "INSERT INTO known_networks VALUES "
	    "(7, '192.0.2.1', 1000)");
}

static void
who_signs_in_is_found_and_charged_as_known_or_as_a_stranger(void **state)
{
	static const struct {
		const char *account, *network;
		int64_t known_since, known_at;
		enum bucket_kind kind;
	} rows[] = {
		{ "alice", "192.0.2.1", 999, 1000, BUCKET_KNOWN },
		{ "alice", "192.0.2.1", 1000, 0, BUCKET_STRANGERS },
		{ "alice", "192.0.2.2", 0, 0, BUCKET_STRANGERS },
		{ "bob", "192.0.2.1", 0, 0, BUCKET_STRANGERS },
	};
	struct fixture *f = *state;

	add_alice(f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct charge charge = {
			.account = rows[i].account, .network = rows[i].network,
			.known_since = rows[i].known_since,
			.budgets = {
				{ BUCKET_SOURCE, NULL, rows[i].network, { 9, INTERVAL } },
				{ BUCKET_ACCOUNT_SOURCE, rows[i].account, rows[i].network,
				    { 9, INTERVAL } },
				{ BUCKET_STRANGERS, rows[i].account, NULL, { 2, INTERVAL } },
			},
			.known = { BUCKET_KNOWN, rows[i].account, NULL, { 2, INTERVAL } },
		};
		const bool is_alice = strcmp(rows[i].account, "alice") == 0;

		assert_int_equal(buckets_fill_all(f->buckets), ERR_OK);
		for (int number = 0; number < 3; number++) {
			struct user *user = NULL;

			assert_int_equal(charge_sign_in(f->database.db, f->buckets, &charge,
			    &user), number < 2 ? ERR_OK : ERR_ATTEMPTS);
			assert_int_equal(user != NULL, is_alice);
			if (is_alice)
				assert_string_equal(user->hashed_password, "hash");
			assert_int_equal(charge.known_at, rows[i].known_at);
			assert_int_equal(charge.budgets[2].kind, rows[i].kind);
			user_free(user);
		}
		assert_int_equal(charge.refusal.which, 2);
		assert_wait(charge.refusal.wait_ms, INTERVAL);
		for (int number = 0; number < 3; number++)
			assert_int_equal(look(f, &charge.budgets[number]).taken, 2);
	}
}

/* ---- in the table alone */

static void
needs_table(void)
{
	if (database_is_sqlite())
		skip();
}

static void
table_tells_no_name_and_no_network(void **state)
{
	struct fixture *f = *state;

	needs_table();
	assert_int_equal(take(f, &raced[1]), 0);
	assert_int_equal(database_ask(&f->database, "SELECT count(*) FROM attempts "
	    "WHERE length(name) = 16 AND position(CAST('ali' AS bytea) IN name) = 0 "
	    "AND position(CAST('192' AS bytea) IN name) = 0 AND name <> "
	    "substr(sha256('2' || decode('00', 'hex') || 'alice' || decode('00', 'hex') || "
	    "'192.0.2.1'), 1, 16)"), 1);
}

static void
what_is_refused_changes_and_locks_no_row(void **state)
{
	static const char versions[] = "SELECT CAST(sum(CAST(CAST(xmin AS text) AS bigint) + "
	    "CAST(CAST(xmax AS text) AS bigint)) AS bigint) FROM attempts";
	struct fixture *f = *state;
	struct buckets_refusal refusal;
	int64_t before;

	needs_table();
	assert_int_equal(take_all(f, &raced[2]), 10);
	assert_int_equal(take(f, &raced[0]), 0);
	before = database_ask(&f->database, versions);
	for (int i = 0; i < 5; i++)
		assert_int_equal(buckets_take(f->buckets, raced, 3, &refusal), ERR_ATTEMPTS);
	assert_int_equal(database_ask(&f->database, versions), before);
}

static void
without_the_key_no_attempt_is_taken_and_none_is_granted(void **state)
{
	struct fixture *f = *state;
	const struct bucket bucket = of_account("alice");
	struct buckets_refusal refusal;

	needs_table();
	(void)database_ask(&f->database, "CREATE TABLE kept AS SELECT * FROM attempts_key");
	(void)database_ask(&f->database, "DELETE FROM attempts_key");
	assert_int_equal(buckets_take(f->buckets, &bucket, 1, &refusal), ERR_STORAGE);
	(void)database_ask(&f->database, "INSERT INTO attempts_key SELECT * FROM kept");
	(void)database_ask(&f->database, "DROP TABLE kept");
	assert_int_equal(take_all(f, &bucket), 5);
}

static void
clock_of_the_server_that_went_back_makes_no_wait_longer_than_the_bucket(void **state)
{
	struct fixture *f = *state;
	const struct bucket bucket = of_account("alice");

	needs_table();
	assert_int_equal(take_all(f, &bucket), 5);
	pass(f, -86400);
	assert_true(take(f, &bucket) > 0);
	assert_wait(take(f, &bucket), INTERVAL);
	pass(f, INTERVAL);
	assert_int_equal(take_all(f, &bucket), 1);
}

static void
rows_that_are_full_go_in_bites_and_others_stay(void **state)
{
	struct fixture *f = *state;
	const struct bucket bucket = of_account("alice");
	int64_t left = 20000, before;

	needs_table();
	(void)database_ask(&f->database, "INSERT INTO attempts SELECT "
	    "substr(sha256(CAST(CAST(n AS text) AS bytea)), 1, 16), 1, n "
	    "FROM generate_series(1, %lld) n", (long long)left);
	/* Each process takes a bite, anywhere: where it begins there may be few. */
	for (int i = 0; i < 100 && left > 19000; i++) {
		buckets_close(f->buckets);
		open_buckets(f);
		for (int times = 0; times < 2; times++) {
			buckets_give_back(f->buckets, &bucket, 1);
			assert_int_equal(take(f, &bucket), 0);
		}
		before = left;
		left = database_ask(&f->database, "SELECT count(*) FROM attempts WHERE kind = 1");
		assert_in_range(before - left, 0, 200);
	}
	assert_true(left <= 19000);
	assert_int_equal(look(f, &bucket).taken, 1);
}

static enum err
take_and_fail(struct db_connection *connection, void *arg)
{
	struct fixture *f = arg;
	const struct bucket bucket = of_account("alice");
	struct buckets_refusal refusal;

	assert_int_equal(buckets_take_within(f->buckets, connection, &bucket, &refusal), ERR_OK);
	return ERR_REFUSED;
}

static enum err
take_until_refused(struct db_connection *connection, void *arg)
{
	struct fixture *f = arg;
	const struct bucket bucket = of_account("alice");
	struct buckets_refusal refusal;

	for (int i = 0; i < 5; i++)
		assert_int_equal(buckets_take_within(f->buckets, connection, &bucket, &refusal),
		    ERR_OK);
	assert_int_equal(buckets_take_within(f->buckets, connection, &bucket, &refusal),
	    ERR_ATTEMPTS);
	return ERR_OK;
}

static void
what_a_transaction_takes_counts_once_it_is_committed(void **state)
{
	struct fixture *f = *state;
	const struct bucket bucket = of_account("alice");

	needs_table();
	assert_int_equal(db_transact(f->database.db, take_and_fail, f), ERR_REFUSED);
	assert_int_equal(look(f, &bucket).taken, 0);
	assert_int_equal(db_transact(f->database.db, take_until_refused, f), ERR_OK);
	assert_int_equal(take_all(f, &bucket), 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(full_bucket_has_as_many_attempts_as_it_holds_at_once),
		TEST(attempts_come_back_one_by_one),
		TEST(refused_attempts_cost_nothing),
		TEST(attempt_that_is_given_back_can_be_taken_again),
		TEST(giving_back_to_a_full_bucket_adds_nothing),
		TEST(buckets_that_differ_in_one_member_are_counted_apart),
		TEST(names_as_long_as_names_may_be_are_told_apart_by_their_last_byte),
		TEST(attempt_is_taken_from_all_buckets_or_from_none),
		TEST(filled_bucket_is_full_and_others_are_not),
		TEST(look_tells_what_is_taken_and_takes_nothing),
		TEST(buckets_that_are_not_full_are_counted_by_their_kind),
		TEST(threads_together_take_as_many_as_there_are_and_no_more),
		TEST(who_signs_in_is_found_and_charged_as_known_or_as_a_stranger),
		TEST(table_tells_no_name_and_no_network),
		TEST(what_is_refused_changes_and_locks_no_row),
		TEST(without_the_key_no_attempt_is_taken_and_none_is_granted),
		TEST(clock_of_the_server_that_went_back_makes_no_wait_longer_than_the_bucket),
		TEST(rows_that_are_full_go_in_bites_and_others_stay),
		TEST(what_a_transaction_takes_counts_once_it_is_committed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
