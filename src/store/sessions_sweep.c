/* sessions_sweep: writes when sessions were used, and removes those left alone for too long. */
#include "store/sessions_sweep.h"

#include <stdbool.h>
#include <stddef.h>

#include "store/engine.h"
#include "store/sessions_internal.h"

enum {
	PAUSE = 60,		/* seconds between two bites */
	LAG = 5 * 60,		/* a use that is younger than what the row says by less waits */
	/*
	 * A process that has just looked at its clock may find the session alive, and note a use,
	 * while the row goes: it must have been dead for longer than that takes.
	 */
	MARGIN = 2 * 60,
	/*
	 * Where several hosts use the database, each has a file of uses of its own, and folds that
	 * into the rows: see sessions_fold.h. A host that could not for a while is waited for.
	 */
	MARGIN_OF_HOSTS = 60 * 60,
};

/* A moment that is far away was set by a clock that was wrong. See tidy.c as well. */
static const struct db_sql begin = {
	.text = "INSERT INTO moments (name, at) VALUES ('sessions swept', $1) ON CONFLICT (name) "
		"DO UPDATE SET at = $1 WHERE moments.at <= $1 - $2 OR moments.at > $1 + $2",
	.postgresql = "UPDATE moments SET at = $1 WHERE name = (SELECT name FROM moments "
		"WHERE name = 'sessions swept' AND (at <= $1 - $2 OR at > $1 + $2) "
		"FOR UPDATE SKIP LOCKED)",
};
/* No moment, but a number: where the next bite goes on. */
static const struct db_sql find_place = {
	.text = "SELECT at FROM moments WHERE name = 'session swept last'",
};
static const struct db_sql keep_place = {
	.text = "INSERT INTO moments (name, at) VALUES ('session swept last', $1) "
		"ON CONFLICT (name) DO UPDATE SET at = $1",
};
static const struct db_sql list = {
	.text = "SELECT id, seen_at, idle FROM sessions WHERE id > $1 ORDER BY id LIMIT $2",
};
#define UNLOCKED(condition) "id = (SELECT id FROM sessions WHERE " condition \
	" FOR UPDATE SKIP LOCKED)"
#define YOUNGER "id = $1 AND seen_at < $2"
#define IDLE "id = $1 AND seen_at + idle <= $2"

static const struct db_sql note = {
	.text = "UPDATE sessions SET seen_at = $2 WHERE " YOUNGER,
	.postgresql = "UPDATE sessions SET seen_at = $2 WHERE " UNLOCKED(YOUNGER),
};
static const struct db_sql remove_idle = {
	.text = "DELETE FROM sessions WHERE " IDLE,
	.postgresql = "DELETE FROM sessions WHERE " UNLOCKED(IDLE),
};

/* One step: what is to be changed. */
struct step {
	const struct seen *seen;
	int64_t now;
	int64_t margin;
	int64_t last;			/* number of the last session that was looked at */
	int64_t looks;
	struct { int64_t number, used_at; bool is_idle; } changes[SESSIONS_SWEEP_BITE];
	size_t count;
	int64_t removed;
};

static enum err
look_at(const struct db_row *row, void *arg)
{
	struct step *step = arg;
	const struct sessions_row one = {
		.id = db_row_int(row, 0), .seen_at = db_row_near_int(row, 1),
		.idle = db_row_near_int(row, 2),
	};
	const int64_t used_at = sessions_used_at(&one, step->seen);
	const bool is_idle = used_at <= step->now - one.idle - step->margin;

	/* What there is no room for comes next time. */
	if (step->count >= SESSIONS_SWEEP_BITE)
		return ERR_OK;
	step->last = one.id;
	step->looks++;
	/* A use in the future was noted by a clock that was wrong. */
	if (!is_idle && (used_at < one.seen_at + LAG || used_at > step->now))
		return ERR_OK;
	step->changes[step->count].number = one.id;
	step->changes[step->count].used_at = used_at;
	step->changes[step->count++].is_idle = is_idle;
	return ERR_OK;
}

static enum err
run_step(struct db_connection *connection, struct step *step)
{
	int64_t rows;
	enum err err;

	step->count = 0;
	step->looks = step->removed = 0;
	step->margin = connection->engine->is_sqlite ? MARGIN : MARGIN_OF_HOSTS;
	err = db_run(connection, &list, DB_VALUES(db_int(step->last),
	    db_int(SESSIONS_SWEEP_LOOKS)), look_at, step, NULL);
	for (size_t i = 0; i < step->count && err == ERR_OK; i++) {
		const struct db_value number = db_int(step->changes[i].number);

		rows = 0;
		if (step->changes[i].is_idle)
			err = db_run(connection, &remove_idle, DB_VALUES(number,
			    db_int(step->now - step->margin)), NULL, NULL, &rows);
		else
			err = db_run(connection, &note, DB_VALUES(number,
			    db_int(step->changes[i].used_at)), NULL, NULL, NULL);
		step->removed += rows;
	}
	return err;
}

/* Whether the step has come to the last session. */
static bool
is_round(const struct step *step)
{
	return step->count < SESSIONS_SWEEP_BITE && step->looks < SESSIONS_SWEEP_LOOKS;
}

enum err
sessions_sweep_bite(struct db_connection *connection, const struct seen *seen, int64_t now)
{
	struct step step = { .seen = seen, .now = now };
	int64_t is_due = 0;
	enum err err;

	if (seen == NULL)
		return ERR_OK;
	err = db_run(connection, &begin, DB_VALUES(db_int(now), db_int(PAUSE)), NULL, NULL,
	    &is_due);
	if (err != ERR_OK || !is_due)
		return err;
	if ((err = db_run(connection, &find_place, NULL, db_take_int, &step.last, NULL)) != ERR_OK)
		return err;
	if ((err = run_step(connection, &step)) != ERR_OK)
		return err;
	return db_run(connection, &keep_place, DB_VALUES(db_int(is_round(&step) ? 0 : step.last)),
	    NULL, NULL, NULL);
}

struct work {
	struct step step;
	int64_t begin;		/* the step may be run anew */
};

static enum err
do_step(struct db_connection *connection, void *arg)
{
	struct work *work = arg;

	work->step.last = work->begin;
	return run_step(connection, &work->step);
}

enum err
sessions_sweep_all(struct db *db, const struct seen *seen, int64_t now,
    void (*visit)(int64_t removed, void *arg), void *arg)
{
	struct work work = { .step = { .seen = seen, .now = now } };
	int64_t removed = 0;
	enum err err = ERR_OK;

	if (seen == NULL)
		return ERR_OK;
	do {
		if ((err = db_transact(db, do_step, &work)) != ERR_OK)
			return err;
		work.begin = work.step.last;
		removed += work.step.removed;
		visit(removed, arg);
	} while (!is_round(&work.step));
	return ERR_OK;
}
