/* test_audits: rows that tell what happened are joined where they should be, found, and paged. */
#include "granted.h"

#include "store/audits.h"

enum { HOUR = 3600, MANY = 200, PLANS = 64 };

/* A refusal at a moment; of nobody for user_id 0. */
static struct audits_row
refusal(int64_t user_id, int64_t at, const char *network)
{
	return (struct audits_row){
		.at = at, .event = "refused", .user_id = user_id, .actor = "", .client_id = "",
		.network = network, .detail = "wrong_password", .count = 1,
		.join = AUDITS_JOINS_LAST,
	};
}

static void
add(const struct database *g, struct audits_row row)
{
	assert_int_equal(audits_add_alone(g->db, &row), ERR_OK);
}

static void
add_event(const struct database *g, int64_t user_id, int64_t at, const char *event,
    enum audits_join join)
{
	add(g, (struct audits_row){
		.at = at, .event = event, .user_id = user_id, .actor = "1", .client_id = "",
		.network = "", .detail = "", .count = 1, .join = join });
}

static void
refusals_of_a_user_and_an_hour_are_one_row_and_so_are_those_of_nobody(void **state)
{
	const struct database *g = *state;
	const int64_t ids[] = { g->alice, 0, add_user(g->db, "bob") };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		for (int minute = 0; minute < 60; minute++)
			add(g, refusal(ids[i], NOW + 60 * minute, "192.0.2.0/24"));
		add(g, refusal(ids[i], NOW + HOUR, "192.0.2.0/24"));
		add(g, refusal(ids[i], NOW + HOUR + 1, "198.51.100.0/24"));
		add(g, refusal(ids[i], NOW + HOUR + 2, "192.0.2.0/24"));
	}

	assert_int_equal(ask(g, "SELECT count(*) FROM audit"), 6);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		const char *whose = ids[i] != 0 ? "user_id = " : "user_id IS NULL AND 0 = ";

		assert_int_equal(ask(g, "SELECT count FROM audit WHERE %s %lld AND at = %lld AND "
		    "network = '192.0.2.0/24'", whose, (long long)ids[i], (long long)NOW), 60);
		/* From several networks: none is told. */
		assert_int_equal(ask(g, "SELECT count FROM audit WHERE %s %lld AND at = %lld AND "
		    "network = ''", whose, (long long)ids[i], (long long)NOW + HOUR), 3);
	}
}

static void
a_row_joins_only_one_that_tells_of_the_same_and_nothing_came_between(void **state)
{
	const struct database *g = *state;
	struct audits_row other = refusal(g->alice, NOW, "192.0.2.0/24");

	add(g, refusal(g->alice, NOW, "192.0.2.0/24"));
	other.detail = "inactive_user";
	add(g, other);
	add(g, refusal(g->alice, NOW, "192.0.2.0/24"));
	add_event(g, g->alice, NOW, "sign-in", AUDITS_NEW);
	add_event(g, g->alice, NOW, "sign-in", AUDITS_NEW);
	add(g, refusal(g->alice, NOW, "192.0.2.0/24"));
	assert_int_equal(ask(g, "SELECT count(*) FROM audit WHERE count = 1"), 6);

	/* What is told once an hour joins across others, but not across very many. */
	add_event(g, g->alice, NOW, "budget reached", AUDITS_JOINS_NEAR);
	for (int i = 0; i < 7; i++)
		add_event(g, g->alice, NOW, "sign-in", AUDITS_NEW);
	add_event(g, g->alice, NOW + 1, "budget reached", AUDITS_JOINS_NEAR);
	assert_int_equal(ask(g, "SELECT count FROM audit WHERE event = 'budget reached'"), 2);
	add_event(g, g->alice, NOW, "sign-in", AUDITS_NEW);
	add_event(g, g->alice, NOW + 1, "budget reached", AUDITS_JOINS_NEAR);
	assert_int_equal(ask(g, "SELECT count(*) FROM audit WHERE event = 'budget reached'"), 2);
}

/* The first time costs a row, and every other a count, for whoever it is. */
static void
a_refusal_is_one_transaction_and_writes_as_much_for_nobody_as_for_a_user(void **state)
{
	const struct database *g = *state;
	const int64_t ids[] = { g->alice, 0 };
	uint32_t pages[2][2];

	for (int64_t i = 0; i < 1000; i++)
		add_event(g, 10 + i % 100, NOW, "sign-in", AUDITS_NEW);
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 2; i++) {
			const struct log_state log = look_at_log(g);

			add(g, refusal(ids[i], NOW + 5, "192.0.2.0/24"));
			assert_int_equal(look_at_log(g).changes, log.changes + 1);
			pages[round][i] = pages_since(g, log);
		}

	assert_int_equal(pages[0][0], pages[0][1]);
	assert_int_equal(pages[1][0], 1);
	assert_int_equal(pages[1][1], 1);
}

/* ---- reading */

struct seen {
	char text[2048];		/* of each row its number, event, user name and count */
	int64_t rows, first, last;	/* their number, and the ids of two of them */
};

static void
note(const struct audits_entry *entry, void *arg)
{
	struct seen *seen = arg;
	const size_t len = strlen(seen->text);

	if (seen->rows++ == 0)
		seen->first = entry->id;
	seen->last = entry->id;
	snprintf(seen->text + len, sizeof(seen->text) - len, "%lld %s %s %lld|",
	    (long long)entry->id, entry->row.event, entry->username,
	    (long long)entry->row.count);
}

static struct seen
list(const struct database *g, struct audits_list asked)
{
	struct seen seen = {0};

	if (asked.event == NULL)
		asked.event = "";
	if (asked.limit == 0)
		asked.limit = INT64_MAX;
	assert_int_equal(audits_list(g->db, &asked, note, &seen), ERR_OK);
	return seen;
}

static void
rows_are_found_by_user_moment_and_words_in_either_order(void **state)
{
	const struct database *g = *state;
	const int64_t bob = add_user(g->db, "bob"), gone = 99;
	const struct { struct audits_list asked; const char *text; } cases[] = {
		{ {0}, "1 sign-in alice 1|2 key added  1|3 session ended bob 1|"
		    "4 grant ended alice 1|5 user deleted  1|6 sign-in alice 1|" },
		{ { .order = AUDITS_NEWEST_FIRST }, "6 sign-in alice 1|5 user deleted  1|"
		    "4 grant ended alice 1|3 session ended bob 1|2 key added  1|"
		    "1 sign-in alice 1|" },
		{ { .user_id = 1 }, "1 sign-in alice 1|4 grant ended alice 1|6 sign-in alice 1|" },
		{ { .user_id = 1, .order = AUDITS_NEWEST_FIRST, .limit = 2 },
		    "6 sign-in alice 1|4 grant ended alice 1|" },
		{ { .user_id = 1, .order = AUDITS_NEWEST_FIRST, .after = 6 },
		    "4 grant ended alice 1|1 sign-in alice 1|" },
		{ { .user_id = 99 }, "5 user deleted  1|" },
		{ { .user_id = 98 }, "" },
		{ { .after = 4 }, "5 user deleted  1|6 sign-in alice 1|" },
		{ { .event = "ended" }, "3 session ended bob 1|4 grant ended alice 1|" },
		{ { .event = "grant ended" }, "4 grant ended alice 1|" },
		{ { .event = "end" }, "" },
		{ { .event = "sign-in", .newest = 1 }, "6 sign-in alice 1|" },
		{ { .newest = 2 }, "5 user deleted  1|6 sign-in alice 1|" },
		{ { .newest = 7 }, "1 sign-in alice 1|2 key added  1|3 session ended bob 1|"
		    "4 grant ended alice 1|5 user deleted  1|6 sign-in alice 1|" },
		{ { .user_id = 1, .newest = 2 }, "4 grant ended alice 1|6 sign-in alice 1|" },
		/* Of row 5 the clock was a day slow. */
		{ { .since = NOW + 4 }, "4 grant ended alice 1|6 sign-in alice 1|" },
		{ { .since = NOW + 4, .order = AUDITS_NEWEST_FIRST },
		    "6 sign-in alice 1|4 grant ended alice 1|" },
		{ { .since = NOW + 7 }, "" },
	};

	add_event(g, g->alice, NOW + 1, "sign-in", AUDITS_NEW);
	add_event(g, 0, NOW + 2, "key added", AUDITS_NEW);
	add_event(g, bob, NOW + 3, "session ended", AUDITS_NEW);
	add_event(g, g->alice, NOW + 4, "grant ended", AUDITS_NEW);
	add_event(g, gone, NOW - 86400, "user deleted", AUDITS_NEW);
	add_event(g, g->alice, NOW + 6, "sign-in", AUDITS_NEW);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct seen seen = list(g, cases[i].asked);

		if (strcmp(seen.text, cases[i].text) != 0)
			fail_msg("case %zu: %s", i, seen.text);
	}
}

static void
write_one_more(const struct audits_entry *entry, void *arg)
{
	struct seen seen = {0};
	const struct database *g = arg;

	note(entry, &seen);
	if (entry->id <= MANY)
		add_event(g, g->alice, NOW, "sign-in", AUDITS_NEW);
}

static void
many_rows_come_in_pages_while_the_visitor_writes(void **state)
{
	const struct database *g = *state;
	struct seen seen;
	const struct audits_list newest = {
		.user_id = g->alice, .event = "", .limit = MANY, .order = AUDITS_NEWEST_FIRST,
	};

	for (int i = 0; i < MANY; i++)
		add_event(g, g->alice, NOW, "sign-in", AUDITS_NEW);
	assert_int_equal(audits_list(g->db, &newest, write_one_more, (void *)g), ERR_OK);
	seen = list(g, (struct audits_list){ .user_id = g->alice });
	assert_int_equal(seen.rows, 2 * MANY);
	assert_int_equal(seen.first, 1);
	assert_int_equal(seen.last, 2 * MANY);
	seen = list(g, (struct audits_list){ .order = AUDITS_NEWEST_FIRST, .limit = 130 });
	assert_int_equal(seen.rows, 130);
	assert_int_equal(seen.last, 2 * MANY - 129);
	seen = list(g, (struct audits_list){ .newest = 100 });
	assert_int_equal(seen.rows, 100);
	assert_int_equal(seen.first, 2 * MANY - 99);
}

/* ---- how the database finds rows */

static struct {
	char *texts[PLANS];	/* owned: statements that were run */
	int count;
} run;

static int
note_statement(unsigned type, void *context, void *statement, void *text)
{
	(void)type;
	(void)context;
	(void)text;
	if (run.count < PLANS)
		run.texts[run.count++] = strdup(sqlite3_sql(statement));
	return 0;
}

static int
watch(sqlite3 *sqlite, char **error, const void *routines)
{
	(void)error;
	(void)routines;
	return sqlite3_trace_v2(sqlite, SQLITE_TRACE_STMT, note_statement, NULL);
}

static int
set_up_watched(void **state)
{
	assert_int_equal(sqlite3_auto_extension((void (*)(void))watch), SQLITE_OK);
	return set_up(state);
}

static int
tear_down_watched(void **state)
{
	sqlite3_cancel_auto_extension((void (*)(void))watch);
	for (int i = 0; i < run.count; i++)
		free(run.texts[i]);
	run.count = 0;
	return tear_down(state);
}

/* Reads all of a table in a plan: "SCAN audit", but not "SCAN (subquery-1)". */
static int
check_plan(void *text, int columns, char **values, char **names)
{
	(void)names;
	if (strncmp(values[columns - 1], "SCAN audit", 10) == 0 ||
	    strstr(values[columns - 1], "SCAN users") != NULL ||
	    strstr(values[columns - 1], "TEMP B-TREE") != NULL)
		fail_msg("%s\n%s", (char *)text, values[columns - 1]);
	return 0;
}

static void
every_statement_finds_rows_by_an_index(void **state)
{
	const struct database *g = *state;
	sqlite3 *sqlite = NULL;
	char *explain;
	int told = 0;

	database_needs_sqlite();
	for (int i = 0; i < run.count; i++)
		free(run.texts[i]);
	run.count = 0;
	add(g, refusal(g->alice, NOW, ""));
	add(g, refusal(0, NOW, ""));
	for (int64_t i = 0; i < 8; i++)
		(void)list(g, (struct audits_list){ .user_id = i & 1 ? g->alice : 0,
		    .order = i & 2 ? AUDITS_NEWEST_FIRST : AUDITS_OLDEST_FIRST,
		    .newest = 1, .since = NOW });
	sqlite3_cancel_auto_extension((void (*)(void))watch);

	assert_int_equal(sqlite3_open(g->path, &sqlite), SQLITE_OK);
	for (int i = 0; i < run.count; i++) {
		if (strstr(run.texts[i], "audit") == NULL)
			continue;
		told++;
		explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", run.texts[i]);
		assert_int_equal(sqlite3_exec(sqlite, explain, check_plan, run.texts[i], NULL),
		    SQLITE_OK);
		sqlite3_free(explain);
	}
	sqlite3_close(sqlite);
	assert_true(told > 15);
	assert_true(run.count < PLANS);
}

int
main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WITH(refusals_of_a_user_and_an_hour_are_one_row_and_so_are_those_of_nobody),
		WITH(a_row_joins_only_one_that_tells_of_the_same_and_nothing_came_between),
		WITH(a_refusal_is_one_transaction_and_writes_as_much_for_nobody_as_for_a_user),
		WITH(rows_are_found_by_user_moment_and_words_in_either_order),
		WITH(many_rows_come_in_pages_while_the_visitor_writes),
		cmocka_unit_test_setup_teardown(every_statement_finds_rows_by_an_index,
		    set_up_watched, tear_down_watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
