/* outbox: messages that are to be delivered. */
#include "store/outbox.h"

static const struct db_sql add = {
	.text = "INSERT INTO outbox (at, user_id, kind, data) VALUES ($1, nullif($2, 0), $3, $4)",
};

enum err
outbox_add(struct db_connection *connection, const struct outbox_row *row)
{
	return db_run(connection, &add, DB_VALUES(db_int(row->at), db_int(row->user_id),
	    db_text(row->kind), db_text(row->data)), NULL, NULL, NULL);
}
