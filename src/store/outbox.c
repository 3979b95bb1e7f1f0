/* outbox: messages that are to be delivered. */
#include "store/outbox.h"

#include <stddef.h>
#include <stdlib.h>

enum { FAR_FUTURE = 2 * 3600 };	/* seconds: later than any pause */

#define MESSAGE "SELECT id, at, tries, coalesce(user_id, 0), kind, data FROM outbox "

static const struct db_sql add = {
	.text = "INSERT INTO outbox (at, user_id, kind, data) VALUES ($1, nullif($2, 0), $3, $4) "
		"RETURNING id",
};
static const struct db_sql find_first = { .text = MESSAGE "ORDER BY at, id LIMIT 1" };
static const struct db_sql find_one = { .text = MESSAGE "WHERE id = $1" };
static const struct db_sql claim = {
	.text = "UPDATE outbox SET tries = tries + 1, at = $3 + "
		"CASE WHEN tries < 6 THEN 60 << CAST(tries AS INTEGER) ELSE 3600 END "
		"WHERE id = $1 AND tries = $2",
};
static const struct db_sql remove_one = { .text = "DELETE FROM outbox WHERE id = $1" };

enum err
outbox_add(struct db_connection *connection, struct outbox_row *row)
{
	return db_run(connection, &add, DB_VALUES(db_int(row->at), db_int(row->user_id),
	    db_text(row->kind), db_text(row->data)), db_take_int, &row->id, NULL);
}

void
outbox_message_clear(struct outbox_message *message)
{
	free(message->kind);
	free(message->data);
	*message = (struct outbox_message){0};
}

static enum err
take_message(const struct db_row *row, void *arg)
{
	struct outbox_message *message = arg;
	enum err err;

	message->id = db_row_int(row, 0);
	message->at = db_row_near_int(row, 1);
	message->tries = db_row_int(row, 2);
	message->user_id = db_row_int(row, 3);
	if ((err = db_row_text(row, 4, &message->kind)) != ERR_OK)
		return err;
	return db_row_text(row, 5, &message->data);
}

enum err
outbox_find(struct db *db, int64_t id, struct outbox_message *message)
{
	enum err err;

	*message = (struct outbox_message){0};
	err = id == 0 ? db_read(db, &find_first, NULL, take_message, message)
	    : db_read(db, &find_one, DB_VALUES(db_int(id)), take_message, message);
	if (err != ERR_OK)
		outbox_message_clear(message);
	return err;
}

bool
outbox_is_due(const struct outbox_message *message, int64_t now)
{
	return message->id != 0 && (message->at <= now || message->at > now + FAR_FUTURE);
}

enum err
outbox_claim(struct db_connection *connection, const struct outbox_message *message, int64_t now,
    bool *is_done)
{
	int64_t rows = 0;
	enum err err = db_run(connection, &claim, DB_VALUES(db_int(message->id),
	    db_int(message->tries), db_int(now)), NULL, NULL, &rows);

	*is_done = err == ERR_OK && rows > 0;
	return err;
}

enum err
outbox_remove(struct db *db, int64_t id)
{
	return db_change(db, &remove_one, DB_VALUES(db_int(id)), NULL, NULL, NULL);
}
