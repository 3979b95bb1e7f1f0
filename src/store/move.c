/* move: moves all users, with everything that they were given, to another database. */
#include "store/move.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "store/move_write.h"

static const struct db_sql find_users = { .text = "SELECT id FROM users ORDER BY id LIMIT 1" };

/* Those who read go on. A transaction of SQLite has the lock already. */
static const struct db_sql lock = {
	.text = "SELECT 1",
	.postgresql = "LOCK TABLE users, moments, introspectors, dead_tokens, audit, "
		"known_networks, sessions, grants, tickets, outbox IN EXCLUSIVE MODE",
};

/*
 * Who is connected goes on with what a mark forbids. Another program than bearward, as one that
 * watches, has no right to see users, or may see all there is.
 */
static const struct db_sql count_others = {
	.text = "SELECT 0",
	.postgresql = "SELECT count(*) FROM pg_stat_activity AS a JOIN pg_roles AS r "
		"ON r.oid = a.usesysid WHERE a.datname = current_database() "
		"AND a.pid <> pg_backend_pid() AND a.application_name <> '" MOVE_NAME "' "
		"AND (a.usename = current_user OR (NOT r.rolsuper AND "
		"has_any_column_privilege(a.usesysid, 'users', 'SELECT')))",
};

/* Within a transaction, that is looked at once otherwise. */
static const struct db_sql look_anew = {
	.text = "SELECT 0",
	.postgresql = "SELECT pg_stat_clear_snapshot()",
};

enum { LOOKS = 50, LOOK_PAUSE = 100 };	/* milliseconds: who has just ended is still there */

/* What was read of one side. */
struct side {
	int64_t rows[MOVE_TABLES];
	unsigned char digests[MOVE_TABLES][MOVE_DIGEST_LEN];
};

/* A move under way. */
struct work {
	struct move *move;
	struct move_mark left, arriving;	/* of the source and the target */
	struct db_connection *source;	/* borrowed while its transaction is open */
	struct side read, written;
};

enum err
move_prepare(struct move *move)
{
	enum err err = ERR_OK;

	for (int i = 0; i < MOVE_TABLES && err == ERR_OK; i++)
		err = move_table_prepare(&move_tables[i], &move->statements[i]);
	return err;
}

void
move_clear(struct move *move)
{
	for (int i = 0; i < MOVE_TABLES; i++)
		move_table_clear(&move->statements[i]);
}

static enum err
read_mark(struct db_connection *connection, void *mark)
{
	return move_mark_read(connection, mark);
}

enum err
move_find_mark(struct db *db, struct move_mark *mark)
{
	return db_transact(db, read_mark, mark);
}

static enum err
count_row(const struct db_row *row, void *has_any)
{
	(void)row;
	*(bool *)has_any = true;
	return ERR_OK;
}

enum err
move_find_users(struct db *db, bool *has_any)
{
	*has_any = false;
	return db_read(db, &find_users, NULL, count_row, has_any);
}

static enum err
fail(const char *what, const char *reason)
{
	log_event(LEVEL_ERROR, "users were not moved", LOG_TEXT("of", what),
	    LOG_TEXT("reason", reason));
	return ERR_STORAGE;
}

/* Makes sure that no program is connected that would go on using a database with a mark. */
static enum err
check_alone(struct db_connection *connection, const char *place)
{
	int64_t others = 1;
	enum err err = ERR_OK;

	for (int i = 0; i < LOOKS && err == ERR_OK && others > 0; i++) {
		if (i > 0)
			clock_sleep(LOOK_PAUSE);
		if ((err = db_run(connection, &look_anew, NULL, NULL, NULL, NULL)) == ERR_OK)
			err = db_run(connection, &count_others, NULL, db_take_int, &others, NULL);
	}
	if (err != ERR_OK || others == 0)
		return err;
	return fail(place, "others are connected to it: stop bearward on every host that uses "
	    "it, and what pools its connections");
}

/* Makes sure that nobody but the move has written to the target, and empties it. */
static enum err
empty_target(struct db_connection *target, struct work *work)
{
	struct move_mark mark;
	bool has_users = false;
	enum err err = db_run(target, &lock, NULL, NULL, NULL, NULL);

	if (err == ERR_OK)
		err = check_alone(target, work->move->target_place);
	if (err == ERR_OK)
		err = move_mark_read(target, &mark);
	if (err == ERR_OK && mark.kind == MOVE_MARK_LEFT)
		return ERR_CONFLICT;
	if (err == ERR_OK && mark.kind == MOVE_MARK_NONE)
		err = db_run(target, &find_users, NULL, count_row, &has_users, NULL);
	if (err == ERR_OK && has_users)
		return ERR_CONFLICT;
	for (int i = MOVE_TABLES - 1; i >= 0 && err == ERR_OK; i--)
		err = db_run(target, &work->move->statements[i].remove, NULL, NULL, NULL, NULL);
	return err;
}

/* Begins a digest of the rows of a table; *digest is owned. */
static enum err
begin_digest(const struct move_table *table, EVP_MD_CTX **digest)
{
	*digest = EVP_MD_CTX_new();
	if (*digest != NULL && EVP_DigestInit_ex(*digest, EVP_sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(*digest, table->name, strlen(table->name) + 1) == 1)
		return ERR_OK;
	return ERR_MEMORY;
}

/* Reads all rows of a table; writes them to the target, if there is one. */
static enum err
read_table(struct work *work, struct move_reader *reader, int i, struct side *side,
    struct db_connection *target)
{
	const struct move *move = work->move;
	const char *doing = target != NULL ? "copied" : "compared";
	const bool is_sqlite = db_is_sqlite(move->target);
	enum err err = begin_digest(reader->statements->table, &reader->digest);

	side->rows[i] = 0;
	while (err == ERR_OK && (err = move_rows_read(reader)) == ERR_OK &&
	    reader->rows.count > 0) {
		if (reader->faults > 0)
			err = ERR_REFUSED;
		else if (target != NULL)
			err = move_write_rows(target, is_sqlite, reader->statements,
			    &reader->rows);
		side->rows[i] += reader->rows.count;
		move->progress(doing, reader->statements->table->name, side->rows[i], move->arg);
	}
	if (err == ERR_OK && EVP_DigestFinal_ex(reader->digest, side->digests[i], NULL) != 1)
		err = ERR_MEMORY;
	EVP_MD_CTX_free(reader->digest);
	move_rows_clear(reader);
	return err;
}

/* Ids that were given once, also those of users who were deleted, are never given again. */
static enum err
reserve_ids(struct work *work, int i, struct db_connection *target)
{
	const struct move_statements *statements = &work->move->statements[i];
	int64_t highest = 0, reserved = 0;
	enum err err;

	if (statements->highest.text == NULL ||
	    (db_is_sqlite(work->move->target) && !statements->table->is_numbered))
		return ERR_OK;
	if ((err = db_run(work->source, &statements->highest, NULL, db_take_int, &highest,
	    NULL)) != ERR_OK || highest <= 0)
		return err;
	if ((err = db_run(target, &statements->prepare_reserve, NULL, NULL, NULL,
	    NULL)) != ERR_OK)
		return err;
	if ((err = db_run(target, &statements->reserve, DB_VALUES(db_int(highest)), NULL, NULL,
	    NULL)) != ERR_OK)
		return err;
	if ((err = db_run(target, &statements->highest, NULL, db_take_int, &reserved,
	    NULL)) != ERR_OK)
		return err;
	return reserved >= highest ? ERR_OK
	    : fail(statements->table->name, "ids would be given once more");
}

static enum err
copy_table(struct work *work, int i, struct db_connection *target)
{
	const struct move *move = work->move;
	struct move_reader reader = {
		.connection = work->source, .statements = &work->move->statements[i],
		.seen = move->seen, .now = move->now, .tell = move->tell, .arg = move->arg,
	};
	enum err err = read_table(work, &reader, i, &work->read, target);

	if (err == ERR_CONFLICT || err == ERR_REFERENCED)
		err = fail(move_tables[i].name, "a row does not go with the others");
	return err == ERR_OK ? reserve_ids(work, i, target) : err;
}

/* Reads on the target what was written, by the code that has read it on the source. */
static enum err
compare_table(struct work *work, int i, struct db_connection *target)
{
	const struct move *move = work->move;
	const struct move_table *table = work->move->statements[i].table;
	struct move_reader reader = {
		.connection = target, .statements = &work->move->statements[i], .tell = move->tell,
		.arg = move->arg,
	};
	enum err err = read_table(work, &reader, i, &work->written, NULL);

	if (err != ERR_OK)
		return err;
	if (work->read.rows[i] != work->written.rows[i])
		return fail(table->name, "the copy has another number of rows");
	if (memcmp(work->read.digests[i], work->written.digests[i], MOVE_DIGEST_LEN) != 0)
		return fail(table->name, "rows of the copy differ");
	return ERR_OK;
}

/* The transaction on the target. It may be run again, and then begins anew. */
static enum err
fill_target(struct db_connection *target, void *arg)
{
	struct work *work = arg;
	enum err err = empty_target(target, work);

	for (int i = 0; i < MOVE_TABLES && err == ERR_OK; i++)
		err = copy_table(work, i, target);
	for (int i = 0; i < MOVE_TABLES && err == ERR_OK; i++)
		err = compare_table(work, i, target);
	return err == ERR_OK ? move_mark_write(target, &work->arriving) : err;
}

/* Makes sure that no other move was quicker. */
static enum err
check_unmarked(struct db_connection *source, const char *place)
{
	struct move_mark mark;
	enum err err = move_mark_read(source, &mark);

	if (err != ERR_OK || mark.kind == MOVE_MARK_NONE)
		return err;
	return fail(place, "another move of its users has begun meanwhile");
}

/* The transaction on the source, within which the target is filled and committed. */
static enum err
leave_source(struct db_connection *source, void *arg)
{
	struct work *work = arg;
	enum err err = db_run(source, &lock, NULL, NULL, NULL, NULL);

	if (err != ERR_OK)
		return err;
	work->source = source;
	if ((err = check_unmarked(source, work->move->source_place)) != ERR_OK)
		return err;
	if ((err = check_alone(source, work->move->source_place)) != ERR_OK)
		return err;
	if ((err = db_transact(work->move->target, fill_target, work)) != ERR_OK)
		return err;
	if ((err = check_alone(source, work->move->source_place)) != ERR_OK)
		return err;
	return move_mark_write(source, &work->left);
}

/* Makes the marks of both sides. */
static enum err
make_marks(struct work *work)
{
	struct move *move = work->move;
	struct move_mark *left = &work->left, *arriving = &work->arriving;
	enum err err = secret_random(left->id, sizeof(left->id));

	memcpy(arriving->id, left->id, sizeof(left->id));
	left->kind = MOVE_MARK_LEFT;
	arriving->kind = MOVE_MARK_ARRIVING;
	left->at = arriving->at = move->now;
	(void)snprintf(left->place, sizeof(left->place), "%s", move->target_place);
	(void)snprintf(arriving->place, sizeof(arriving->place), "%s", move->source_place);
	return err;
}

/* A digest of all rows is one of the digests of all tables. */
static enum err
tell_result(const struct work *work)
{
	struct move *move = work->move;

	memcpy(move->rows, work->read.rows, sizeof(move->rows));
	return EVP_Digest(work->read.digests, sizeof(work->read.digests), move->digest, NULL,
	    EVP_sha256(), NULL) == 1 ? ERR_OK : ERR_MEMORY;
}

enum err
move_run(struct move *move)
{
	struct work *work = calloc(1, sizeof(*work));	/* owned */
	enum err err;

	if (work == NULL)
		return ERR_MEMORY;
	work->move = move;
	if ((err = make_marks(work)) == ERR_OK)
		err = db_transact(move->source, leave_source, work);
	if (err == ERR_OK)
		err = tell_result(work);
	free(work);
	return err;
}

/* What puts a target into use. */
struct end {
	const struct move *move;
	const struct audits_row *row;
};

static enum err
check_left(struct db_connection *source, void *move)
{
	return check_alone(source, ((const struct move *)move)->source_place);
}

static enum err
put_into_use(struct db_connection *target, void *arg)
{
	const struct end *end = arg;
	struct audits_row row = *end->row;
	enum err err = check_alone(target, end->move->target_place);

	if (err == ERR_OK)
		err = move_mark_remove(target);
	return err == ERR_OK ? audits_add(target, &row) : err;
}

enum err
move_finish(struct move *move, const struct audits_row *row)
{
	struct end end = { move, row };
	enum err err = db_transact(move->source, check_left, move);

	return err == ERR_OK ? db_transact(move->target, put_into_use, &end) : err;
}
