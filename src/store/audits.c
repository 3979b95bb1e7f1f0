/* audits: what happened, a row each. */
#include "store/audits.h"

static const struct db_sql add = {
	.text = "INSERT INTO audit (at, event, user_id, actor, client_id, network, detail, count) "
		"VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
};

static const struct db_sql join = {
	.text = "UPDATE audit SET count = count + $8 WHERE "
		"id = (SELECT max(id) FROM audit WHERE user_id = $3) AND at > $1 - 3600 "
		"AND event = $2 AND actor = $4 AND client_id = $5 AND network = $6 "
		"AND detail = $7",
};

enum err
audits_add(struct db_connection *connection, const struct audits_row *row)
{
	const struct db_value *values = DB_VALUES(db_int(row->at), db_text(row->event),
	    db_int(row->user_id), db_text(row->actor), db_text(row->client_id),
	    db_text(row->network), db_text(row->detail), db_int(row->count));
	int64_t joined = 0;
	enum err err = ERR_OK;

	if (row->joins_last)
		err = db_run(connection, &join, values, NULL, NULL, &joined);
	if (err != ERR_OK || joined > 0)
		return err;
	return db_run(connection, &add, values, NULL, NULL, NULL);
}
