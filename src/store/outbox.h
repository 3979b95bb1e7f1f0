/*
 * outbox: messages that are to be delivered, written in the transaction that they tell of
 * (protocol section 37). A row holds no secret: that of a link is drawn when it is delivered.
 *
 * Whoever delivers a message claims it first. It is then due again later, so that another delivers
 * it should this one end; and it is removed once it is delivered. So it is delivered at least
 * once. What every function may return besides what is said there: see db.h.
 */
#ifndef BEARWARD_STORE_OUTBOX_H
#define BEARWARD_STORE_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

struct outbox_row {
	int64_t id;			/* set when it is added */
	int64_t at;			/* when it is next due; seconds since 1970 */
	int64_t user_id;		/* 0: of nobody; who delivers drops it */
	const char *kind;		/* static */
	const char *data;		/* borrowed: see account/message.h */
};

/* Adds a message, in a transaction. */
ERR_CHECKED enum err outbox_add(struct db_connection *connection, struct outbox_row *row);

/* A message that waits. */
struct outbox_message {
	int64_t id;			/* 0: there is none */
	int64_t at, tries, user_id;
	char *kind, *data;		/* owned */
};

/* Frees what it owns. */
void outbox_message_clear(struct outbox_message *message);

/* Finds the one that is due first, now or later, or the one of an id, unless that is 0. */
ERR_CHECKED enum err outbox_find(struct db *db, int64_t id, struct outbox_message *message);

/*
 * Tells whether a message is due. One that is due in the far future is so now: it was written by
 * a clock that was wrong.
 */
bool outbox_is_due(const struct outbox_message *message, int64_t now);

/*
 * Claims a message, in a transaction, if nobody has done so since it was found: *is_done. It is
 * due again a minute later; after each further claim the pause doubles, up to an hour.
 */
ERR_CHECKED enum err outbox_claim(struct db_connection *connection,
    const struct outbox_message *message, int64_t now, bool *is_done);

/* Removes a message. It is no error that it is gone already. */
ERR_CHECKED enum err outbox_remove(struct db *db, int64_t id);

#endif
