/* moving: moves all users, with everything that they were given, to another database. */
#include "account/moving.h"

#include <string.h>

#include "account/audit.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/db.h"

/*
 * All rows are one transaction, and so is the wait for all of it to be on the disks of a standby,
 * in milliseconds. Who waits can look at the progress, and give up.
 */
enum { PATIENCE = 12 * 60 * 60 * 1000 };

static const char *
place_of(const struct config *config)
{
	return *config->database == '\0' ? MOVE_PLACE_SQLITE : config->database;
}

static enum err
refuse(const struct moving *moving, const struct config *config, const char *reason)
{
	fprintf(moving->report, "%s: %s\n", place_of(config), reason);
	return ERR_SETUP;
}

/* The users have been moved already, or all but the end of that was done. */
static enum err
note_left(struct moving *moving, const struct move_mark *mark)
{
	char reason[MOVE_REASON_SIZE];

	moving->is_half_done = strcmp(mark->place, place_of(&moving->target)) == 0;
	return moving->is_half_done ? ERR_OK
	    : refuse(moving, &moving->source, move_mark_explain(mark, reason));
}

enum err
moving_open(struct context *context, const char *to, const struct moving_watch *watch,
    FILE *report, struct moving *moving)
{
	const struct config *config = context->service->config;
	struct move_mark mark;
	enum err err;

	*moving = (struct moving){
		.context = context, .report = report, .source = *config, .target = *config,
		.move = { .seen = context->service->seen, .now = context->now,
		    .tell = watch->tell, .progress = watch->progress, .arg = watch->arg },
	};
	moving->source.storage_wait = moving->target.storage_wait = PATIENCE;
	moving->target.database = (char *)to;
	moving->move.source_place = place_of(&moving->source);
	moving->move.target_place = place_of(&moving->target);
	if ((err = move_prepare(&moving->move)) != ERR_OK)
		return err;
	if ((err = db_open(&moving->source, DB_MOVE, &moving->move.source)) != ERR_OK)
		return err;
	if ((err = move_find_mark(moving->move.source, &mark)) != ERR_OK)
		return err;
	if (mark.kind == MOVE_MARK_ARRIVING)
		return refuse(moving, &moving->source, "users are arriving there: run `bearward "
		    "move` to it, to its end");
	moving->mark = mark;
	return mark.kind == MOVE_MARK_LEFT ? note_left(moving, &mark) : ERR_OK;
}

/* Opens the other database, where it has been made ready, and looks whether it can be filled. */
static enum err
open_target(struct moving *moving)
{
	struct move *move = &moving->move;
	char reason[MOVE_REASON_SIZE];
	struct move_mark mark;
	bool has_users;
	enum err err;

	if ((err = db_open(&moving->target, DB_MOVE, &move->target)) != ERR_OK)
		return err;
	if ((err = move_find_mark(move->target, &mark)) != ERR_OK)
		return err;
	if (mark.kind == MOVE_MARK_LEFT)
		return refuse(moving, &moving->target, db_is_sqlite(move->target)
		    ? "users have been moved away from bearward.db in state_dir: put that, with "
		      "-wal and -shm, into another directory first"
		    : "users have been moved away from it: make another database");
	if (moving->is_half_done && (mark.kind != MOVE_MARK_ARRIVING ||
	    memcmp(mark.id, moving->mark.id, sizeof(mark.id)) != 0)) {
		moving->is_half_done = false;
		return refuse(moving, &moving->source,
		    move_mark_explain(&moving->mark, reason));
	}
	if (mark.kind == MOVE_MARK_ARRIVING)
		return ERR_OK;
	if ((err = move_find_users(move->target, &has_users)) != ERR_OK)
		return err;
	return has_users ? ERR_CONFLICT : ERR_OK;
}

/* Tells whether it has been made ready. What another program has in its place is left alone. */
static enum err
find_target(struct moving *moving, bool *is_ready)
{
	const struct config *target = &moving->target;
	enum err err = db_find(target, NULL, moving->report, is_ready);

	if (err != ERR_OK || *is_ready || *target->database != '\0' || !db_is_there(target))
		return err;
	return refuse(moving, target, "there is a file bearward.db in state_dir that is not "
	    "bearward's: move it away first");
}

static enum err
survey(struct moving *moving)
{
	const int64_t begun_at = clock_ms();
	enum err err;

	if ((err = move_survey_count(&moving->move, moving->counts)) != ERR_OK)
		return err;
	if ((err = move_survey_rest(&moving->move, &moving->rest)) != ERR_OK)
		return err;
	err = move_survey_rows(&moving->move, &moving->faults);
	moving->took_ms = clock_ms() - begun_at;
	return err;
}

enum err
moving_look(struct moving *moving)
{
	bool is_ready;
	enum err err = find_target(moving, &is_ready);

	if (err == ERR_OK && is_ready)
		err = open_target(moving);
	if (err != ERR_OK || moving->is_half_done)
		return err;
	return survey(moving);
}

/* Tells the log and the audit, which has moved as well, and puts the other database into use. */
static enum err
finish(struct moving *moving)
{
	const struct context *context = moving->context;
	struct audit_author author;
	const struct audits_row row =
	    audit_describe(context, NULL, "users moved", NULL, &author);
	enum err err = move_finish(&moving->move, &row);

	moving->is_half_done = err != ERR_OK;
	if (err == ERR_OK)
		audit_move(context, moving->move.source_place, moving->move.target_place);
	return err;
}

enum err
moving_run(struct moving *moving)
{
	struct move *move = &moving->move;
	enum err err = ERR_OK;

	if (move->target == NULL) {
		if ((err = db_prepare(&moving->target, NULL, moving->report)) != ERR_OK)
			return err;
		if ((err = open_target(moving)) != ERR_OK)
			return err;
	}
	if (!moving->is_half_done && (err = move_run(move)) != ERR_OK)
		return err;
	return finish(moving);
}

void
moving_close(struct moving *moving)
{
	db_close(moving->move.target);
	db_close(moving->move.source);
	move_clear(&moving->move);
	move_survey_free(moving->rest);
	*moving = (struct moving){0};
}
