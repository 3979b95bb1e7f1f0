/* audits: what happened, a row each. */
#include "store/audits.h"

enum { JOINING = 3600, NEAR = 8 };	/* seconds, rows */

static const struct db_sql add = {
	.text = "INSERT INTO audit (at, event, user_id, actor, client_id, network, detail, count) "
		"VALUES ($1, $2, nullif($3, 0), $4, $5, $6, $7, $8)",
};

/* In the order of the index, also for PostgreSQL, to which NULL is no value like others. */
#define JOIN(user) "UPDATE audit SET count = count + $8, " \
	"network = CASE network WHEN $6 THEN network ELSE '' END WHERE " \
	"id = (SELECT max(id) FROM (SELECT id, event FROM audit WHERE " user \
	" ORDER BY user_id DESC, id DESC LIMIT $9) AS latest WHERE event = $2) " \
	"AND at > $1 - $10 AND event = $2 AND actor = $4 AND client_id = $5 " \
	"AND detail = $7"

static const struct db_sql join = { .text = JOIN("user_id = $3") };
/* NULL is the user of a name that nobody has. */
static const struct db_sql join_of_nobody = { .text = JOIN("user_id IS NULL AND $3 = 0") };

/*
 * What joins others tells of what was refused, which many may wait for at once. Where a commit
 * waits for a standby, this one does not, and keeps the row that they join for a moment only.
 */
static const struct db_sql commit_soon = {
	.text = "SELECT 1", .postgresql = "SELECT set_config('synchronous_commit', 'off', TRUE)",
};

enum err
audits_add(struct db_connection *connection, const struct audits_row *row)
{
	const struct db_sql *joining = row->user_id != 0 ? &join : &join_of_nobody;
	int64_t joined = 0;
	enum err err = ERR_OK;

	if (row->join != AUDITS_NEW)
		err = db_run(connection, joining, DB_VALUES(db_int(row->at),
		    db_text(row->event), db_int(row->user_id), db_text(row->actor),
		    db_text(row->client_id), db_text(row->network), db_text(row->detail),
		    db_int(row->count),
		    db_int(row->join == AUDITS_JOINS_LAST ? 1 : NEAR), db_int(JOINING)), NULL,
		    NULL, &joined);
	if (err != ERR_OK || joined > 0)
		return err;
	return db_run(connection, &add, DB_VALUES(db_int(row->at), db_text(row->event),
	    db_int(row->user_id), db_text(row->actor), db_text(row->client_id),
	    db_text(row->network), db_text(row->detail), db_int(row->count)), NULL, NULL, NULL);
}

static enum err
do_add(struct db_connection *connection, void *arg)
{
	const struct audits_row *row = arg;
	enum err err = ERR_OK;

	if (row->join != AUDITS_NEW)
		err = db_run(connection, &commit_soon, NULL, NULL, NULL, NULL);
	return err == ERR_OK ? audits_add(connection, row) : err;
}

enum err
audits_add_alone(struct db *db, const struct audits_row *row)
{
	struct audits_row added = *row;

	return db_transact(db, do_add, &added);
}
