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

/* Which row tells of the same, and counts it as well; it must have begun in the last hour. */
enum audits_join {
	AUDITS_NEW,			/* none: each has a row of its own */
	AUDITS_JOINS_LAST,		/* the last row of the user */
	AUDITS_JOINS_NEAR,		/* the last one of the event among the last few */
};

/* Texts are borrowed, "" for none. */
struct audits_row {
	int64_t at;			/* seconds since 1970; of the first that is counted */
	const char *event;		/* static words */
	int64_t user_id;		/* 0: of no user, or of a name that nobody has */
	const char *actor;		/* number of a user, or `command:ACCOUNT` */
	const char *client_id;
	const char *network;		/* "" as well where it joins one of another network */
	const char *detail;
	int64_t count;			/* how often, or of how many */
	enum audits_join join;
};

/* Adds a row, or to the count of one. Returns what db_run() does. */
ERR_CHECKED enum err audits_add(struct db_connection *connection, const struct audits_row *row);

/*
 * Does the same in a transaction of its own. PostgreSQL may lose one that joins in the last moment
 * before a crash.
 */
ERR_CHECKED enum err audits_add_alone(struct db *db, const struct audits_row *row);

/* ---- reading, in audits_list.c */

enum audits_order { AUDITS_OLDEST_FIRST, AUDITS_NEWEST_FIRST };

/* Which rows to list. */
struct audits_list {
	int64_t user_id;		/* 0: of all users, and of none */
	int64_t since;			/* seconds since 1970: only those of then and later */
	const char *event;		/* whole words of it; "": of any */
	int64_t after;			/* id of the one before the first, in the order; 0: none */
	enum audits_order order;
	int64_t limit;
	int64_t newest;			/* only so many that are the newest of these; 0: all */
};

struct audits_entry {
	int64_t id;			/* grows with time */
	const char *username;		/* of the user of the row; "" for none, and when deleted */
	struct audits_row row;
};
typedef void audits_visit(const struct audits_entry *entry, void *arg);

/*
 * Visits rows; visit borrows the entry. However many there are, a few are in memory at a time, and
 * the database is not locked while they are visited. Returns ERR_STORAGE or ERR_MEMORY.
 */
ERR_CHECKED enum err audits_list(struct db *db, const struct audits_list *list,
    audits_visit *visit, void *arg);

#endif
