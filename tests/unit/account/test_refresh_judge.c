/*
 * test_refresh_judge: the table of protocol section 19.4, and what follows from it for owners
 * (19.7) and for clients (19.6), by walking through all that can happen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "account/refresh_judge.h"

#define COUNT(vectors) (sizeof(vectors) / sizeof((vectors)[0]))

#define CURRENT REFRESH_SHOWN_CURRENT
#define PREVIOUS REFRESH_SHOWN_PREVIOUS
#define OTHER REFRESH_SHOWN_OTHER

enum { WINDOW = 60, RUN = 8 };

static const struct config limits = { .refresh_window = WINDOW, .refresh_run = RUN };
static const struct config no_window = { .refresh_window = 0, .refresh_run = 2 };

static void
the_verdict_is_that_of_the_table(void **state)
{
	static const struct {
		const struct config *config;
		struct refresh_case found;	/* shown, age, run, is_counted, rotates */
		enum refresh_verdict expected;
	} rows[] = {
		/* the current one, by its age; the run does not matter */
		{ &limits, { CURRENT, 0, 0, false, true }, REFRESH_SAME },
		{ &limits, { CURRENT, 59, 0, false, true }, REFRESH_SAME },
		{ &limits, { CURRENT, 60, 0, false, true }, REFRESH_ROTATE },
		{ &limits, { CURRENT, INT64_MAX, 0, false, true }, REFRESH_ROTATE },
		{ &limits, { CURRENT, 60, 7, true, true }, REFRESH_ROTATE },
		{ &limits, { CURRENT, 59, 7, true, true }, REFRESH_SAME },
		/* a clock that is behind, and one that was far ahead */
		{ &limits, { CURRENT, -1, 0, false, true }, REFRESH_SAME },
		{ &limits, { CURRENT, -59, 0, false, true }, REFRESH_SAME },
		{ &limits, { CURRENT, -60, 0, false, true }, REFRESH_ROTATE },
		{ &limits, { CURRENT, INT64_MIN, 0, false, true }, REFRESH_ROTATE },
		{ &limits, { PREVIOUS, -59, 7, false, true }, REFRESH_AGAIN },
		{ &limits, { PREVIOUS, -60, 6, false, true }, REFRESH_COUNT },
		{ &no_window, { CURRENT, -1, 0, false, true }, REFRESH_ROTATE },
		/* the one before */
		{ &limits, { PREVIOUS, 0, 7, false, true }, REFRESH_AGAIN },
		{ &limits, { PREVIOUS, 59, 7, false, true }, REFRESH_AGAIN },
		{ &limits, { PREVIOUS, 60, 0, false, true }, REFRESH_COUNT },
		{ &limits, { PREVIOUS, 60, 6, false, true }, REFRESH_COUNT },
		{ &limits, { PREVIOUS, 60, 7, false, true }, REFRESH_REUSE },
		/* refresh_run was lowered meanwhile */
		{ &limits, { PREVIOUS, 60, 90, false, true }, REFRESH_REUSE },
		{ &limits, { PREVIOUS, 60, 1, true, true }, REFRESH_AGAIN },
		{ &limits, { PREVIOUS, 60, 7, true, true }, REFRESH_AGAIN },
		/* none of the two */
		{ &limits, { OTHER, 0, 0, false, true }, REFRESH_REUSE },
		{ &limits, { OTHER, 60, 0, true, true }, REFRESH_REUSE },
		/* without a window every use counts */
		{ &no_window, { CURRENT, 0, 0, false, true }, REFRESH_ROTATE },
		{ &no_window, { CURRENT, -1, 0, false, true }, REFRESH_ROTATE },
		{ &no_window, { PREVIOUS, 0, 0, false, true }, REFRESH_COUNT },
		{ &no_window, { PREVIOUS, 0, 0, true, true }, REFRESH_AGAIN },
		{ &no_window, { PREVIOUS, 0, 1, false, true }, REFRESH_REUSE },
		/* a confidential client's token stays as it is; what it had before still counts */
		{ &limits, { CURRENT, 0, 0, false, false }, REFRESH_SAME },
		{ &limits, { CURRENT, INT64_MAX, 0, false, false }, REFRESH_SAME },
		{ &no_window, { CURRENT, 0, 0, false, false }, REFRESH_SAME },
		{ &limits, { PREVIOUS, 60, 0, false, false }, REFRESH_COUNT },
		{ &limits, { OTHER, 0, 0, false, false }, REFRESH_REUSE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const enum refresh_verdict verdict = refresh_judge(rows[i].config, &rows[i].found);

		if (verdict != rows[i].expected)
			fail_msg("row %zu: expected %d, came %d", i, rows[i].expected, verdict);
	}
}

/* ---- all that can happen: a grant as its row has it, and what clients hold of it */

struct grant {
	int generation, run;
	bool is_counted;
};

/* Shows the token of a generation, and writes what the verdict says (section 19.5). */
static enum refresh_verdict
show(struct grant *grant, int generation, int64_t age)
{
	const struct refresh_case found = {
		.shown = generation == grant->generation ? REFRESH_SHOWN_CURRENT
		    : generation == grant->generation - 1 ? REFRESH_SHOWN_PREVIOUS
		    : REFRESH_SHOWN_OTHER,
		.age = age, .run = grant->run, .is_counted = grant->is_counted, .rotates = true,
	};
	const enum refresh_verdict verdict = refresh_judge(&limits, &found);

	if (verdict == REFRESH_ROTATE)
		*grant = (struct grant){
			.generation = grant->generation + 1,
			.run = grant->is_counted ? grant->run : 0,
		};
	if (verdict == REFRESH_COUNT) {
		grant->run++;
		grant->is_counted = true;
	}
	return verdict;
}

/*
 * Two hold one token and use it in any order, always later than the window. rotations are those
 * since then that did not leave anyone two generations behind; deepest is how many there were.
 */
static void
walk_holders(struct grant grant, const int held[2], int steps, int rotations, int *deepest)
{
	if (rotations > *deepest)
		*deepest = rotations;
	if (steps == 0)
		return;
	for (int who = 0; who < 2; who++) {
		struct grant after = grant;
		int now_held[2] = { held[0], held[1] };
		const bool is_far_behind = held[who] < grant.generation - 1;
		const enum refresh_verdict verdict = show(&after, held[who], WINDOW);

		/* Whoever is two generations behind is found at once, and so are both. */
		if (is_far_behind && verdict != REFRESH_REUSE)
			fail_msg("not found: %d of %d", held[who], grant.generation);
		if (verdict == REFRESH_REUSE)
			continue;
		now_held[who] = after.generation;
		/* The other one will be found at his next step, whatever happens before. */
		if (now_held[1 - who] < after.generation - 1)
			continue;
		walk_holders(after, now_held, steps - 1,
		    rotations + (verdict == REFRESH_ROTATE), deepest);
	}
}

static void
two_holders_outside_the_window_are_found_within_refresh_run_rotations(void **state)
{
	int deepest = 0;

	(void)state;
	/* From whatever the owner alone has brought the grant to. */
	for (int run = 0; run < RUN; run++)
		for (int counted = 0; counted < 2; counted++)
			walk_holders((struct grant){ 5, run, counted == 1 }, (int[]){ 5, 5 }, 26,
			    0, &deepest);

	assert_int_equal(deepest, RUN);
}

/*
 * One client, whose answers are lost or not, and which asks again within the window or later.
 * lost are the generations in a row whose answer was lost and that were asked for late.
 */
static void
walk_client(struct grant grant, int held, int lost, int steps)
{
	for (int late = 0; steps > 0 && late < 2; late++)
		for (int is_answered = 0; is_answered < 2; is_answered++) {
			struct grant after = grant;
			const bool is_counting = held < grant.generation && late == 1 &&
			    !grant.is_counted;
			const int now_lost = lost + is_counting;
			enum refresh_verdict verdict;

			/* The promise is made for fewer than that. */
			if (now_lost >= RUN)
				continue;
			verdict = show(&after, held, late == 1 ? WINDOW : WINDOW - 1);
			if (verdict == REFRESH_REUSE)
				fail_msg("logged out at run %d", grant.run);
			walk_client(after, is_answered ? after.generation : held,
			    verdict == REFRESH_ROTATE && !grant.is_counted ? 0 : now_lost,
			    steps - 1);
		}
}

static void
a_client_that_loses_answers_is_never_logged_out_before_refresh_run_in_a_row(void **state)
{
	(void)state;
	walk_client((struct grant){0}, 0, 0, 10);
	/* Just before the last one: only a generation whose answer came ends the run. */
	walk_client((struct grant){ .generation = 40, .run = RUN - 1 }, 40, RUN - 1, 10);
}

static void
refresh_run_lost_answers_in_a_row_end_the_grant(void **state)
{
	struct grant grant = {0};
	int held = 0;

	(void)state;
	for (int i = 1; i < RUN; i++) {
		assert_int_equal(show(&grant, held, WINDOW), REFRESH_ROTATE);
		/* Lost, and asked again late, twice: that counts once. */
		assert_int_equal(show(&grant, held, WINDOW), REFRESH_COUNT);
		assert_int_equal(show(&grant, held, WINDOW), REFRESH_AGAIN);
		assert_int_equal(grant.run, i);
		held = grant.generation;
	}
	assert_int_equal(show(&grant, held, WINDOW), REFRESH_ROTATE);

	assert_int_equal(show(&grant, held, WINDOW), REFRESH_REUSE);
}

static void
a_generation_whose_answer_came_ends_the_run(void **state)
{
	struct grant grant = { .generation = 7, .run = RUN - 1 };

	(void)state;
	assert_int_equal(show(&grant, 7, WINDOW), REFRESH_ROTATE);

	assert_int_equal(grant.run, 0);
	assert_int_equal(show(&grant, 7, WINDOW), REFRESH_COUNT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_verdict_is_that_of_the_table),
		cmocka_unit_test(
		    two_holders_outside_the_window_are_found_within_refresh_run_rotations),
		cmocka_unit_test(
		    a_client_that_loses_answers_is_never_logged_out_before_refresh_run_in_a_row),
		cmocka_unit_test(refresh_run_lost_answers_in_a_row_end_the_grant),
		cmocka_unit_test(a_generation_whose_answer_came_ends_the_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
