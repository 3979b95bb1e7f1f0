/*
 * outbox: messages that are to be delivered, written in the transaction that they tell of
 * (protocol section 37). A row holds no secret: that of a link is drawn when it is delivered.
 */
#ifndef BEARWARD_STORE_OUTBOX_H
#define BEARWARD_STORE_OUTBOX_H

#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

struct outbox_row {
	int64_t at;			/* when it is next due; seconds since 1970 */
	int64_t user_id;		/* 0: of nobody; who delivers drops it */
	const char *kind;		/* static */
	const char *data;		/* borrowed: see account/message.h */
};

/* Adds a message, in a transaction. Returns what db_run() does. */
ERR_CHECKED enum err outbox_add(struct db_connection *connection, const struct outbox_row *row);

#endif
