/* sessions_end: ends browsers that are signed in. */
#include "store/sessions_internal.h"

#include "store/audits.h"
#include "store/tidy.h"

static const struct db_sql find_number = {
	.text = "SELECT id FROM sessions WHERE digest BETWEEN $1 AND $2 AND expires_at > $3 "
		"AND ($4 = 0 OR user_id = $4)",
};
/* Children go with their parent, by the rules of the table. */
static const struct db_sql end = {
	.text = "DELETE FROM sessions WHERE id = $1 RETURNING user_id",
};
static const struct db_sql end_all = {
	.text = "DELETE FROM sessions WHERE user_id = $1 AND "
		"($2 IS NULL OR substr(digest, 1, 16) <> $2) RETURNING expires_at",
};

static enum err
tell_audit(struct db_connection *connection, const struct grants_ending *ending, int64_t user_id,
    int64_t count)
{
	return audits_add(connection, &(struct audits_row){
		.at = ending->now, .event = ending->event, .user_id = user_id,
		.actor = ending->actor, .client_id = "", .network = ending->network,
		.detail = ending->detail, .count = count, .join = ending->join });
}

enum err
sessions_end_number(struct db_connection *connection, int64_t number,
    const struct grants_ending *ending, int64_t *user_id)
{
	enum err err;

	*user_id = 0;
	/* First: it asks which children there are. */
	if ((err = grants_end_born_in(connection, number, ending)) != ERR_OK)
		return err;
	err = db_run(connection, &end, DB_VALUES(db_int(number)), db_take_int, user_id, NULL);
	if (err != ERR_OK || *user_id == 0)
		return err;
	return tell_audit(connection, ending, *user_id, 1);
}

struct end_work {
	const unsigned char *id;
	int64_t of_user;
	const struct grants_ending *ending;
	int64_t user_id;
};

static enum err
do_end(struct db_connection *connection, void *arg)
{
	struct end_work *work = arg;
	const struct sessions_bound last = sessions_last_digest(work->id);
	int64_t number = 0;
	enum err err = db_run(connection, &find_number, DB_VALUES(
	    db_bytes(work->id, SESSIONS_ID_LEN), db_bytes(last.bytes, SESSIONS_DIGEST_LEN),
	    db_int(work->ending->now), db_int(work->of_user)), db_take_int, &number, NULL);

	work->user_id = 0;
	if (err != ERR_OK || number == 0)
		return err;
	err = sessions_end_number(connection, number, work->ending, &work->user_id);
	return err == ERR_OK ? tidy_bite(connection, work->ending->now) : err;
}

enum err
sessions_end(struct db *db, const unsigned char id[SESSIONS_ID_LEN], int64_t of_user,
    const struct grants_ending *ending, int64_t *user_id)
{
	struct end_work work = { .id = id, .of_user = of_user, .ending = ending };
	enum err err = db_transact(db, do_end, &work);

	*user_id = err == ERR_OK ? work.user_id : 0;
	return err;
}

struct count {
	int64_t now;
	int64_t alive;
};

static enum err
count_alive(const struct db_row *row, void *arg)
{
	struct count *count = arg;

	count->alive += db_row_int(row, 0) > count->now;
	return ERR_OK;
}

enum err
sessions_end_all(struct db_connection *connection, int64_t user_id, const unsigned char *kept,
    const struct grants_ending *ending, int64_t *ended)
{
	struct count count = { .now = ending->now };
	enum err err = db_run(connection, &end_all, DB_VALUES(db_int(user_id),
	    db_bytes(kept, SESSIONS_ID_LEN)), count_alive, &count, NULL);

	*ended = count.alive;
	if (err != ERR_OK || *ended == 0)
		return err;
	return tell_audit(connection, ending, user_id, *ended);
}
