/*
 * audits: what happened, a row each, written in the transaction that it tells of (protocol section
 * 39). A row names nobody and nothing that was typed.
 */
#ifndef BEARWARD_STORE_AUDITS_H
#define BEARWARD_STORE_AUDITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

/* Texts are borrowed, "" for none. */
struct audits_row {
	int64_t at;			/* seconds since 1970 */
	const char *event;		/* static words */
	int64_t user_id;
	const char *actor;		/* number of a user, or `command:ACCOUNT` */
	const char *client_id;
	const char *network;
	const char *detail;
	int64_t count;			/* how often, or of how many */
	bool joins_last;		/* the last row of the user, if it tells of the same and is
					 * not an hour old, counts it instead */
};

/* Adds a row, or to the count of one. Returns what db_run() does. */
ERR_CHECKED enum err audits_add(struct db_connection *connection, const struct audits_row *row);

#endif
