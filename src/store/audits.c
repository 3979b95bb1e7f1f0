/* audits: what happened, a row each. */
#include "store/audits.h"

static const struct db_sql add = {
	.text = "INSERT INTO audit (at, event, user_id, actor, client_id, network, detail, count) "
		"VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
};

enum err
audits_add(struct db_connection *connection, const struct audits_row *row)
{
	return db_run(connection, &add, DB_VALUES(db_int(row->at), db_text(row->event),
	    db_int(row->user_id), db_text(row->actor), db_text(row->client_id),
	    db_text(row->network), db_text(row->detail), db_int(row->count)), NULL, NULL, NULL);
}
