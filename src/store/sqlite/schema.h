/*
 * schema: what a database of ours looks like, and what else a file may be.
 * For the files of `store` alone.
 */
#ifndef BEARWARD_STORE_SQLITE_SCHEMA_H
#define BEARWARD_STORE_SQLITE_SCHEMA_H

#include "base/err.h"
#include "config/config.h"
#include "store/migrate.h"
#include "store/move_mark.h"
#include "store/sqlite/connection.h"

/* What `application_id` says of a copy that store/backup.h describes: "bbak" in ASCII. */
#define SCHEMA_BACKUP_ID 0x6262616b

enum schema_kind {
	SCHEMA_FITS,		/* this program can use it */
	SCHEMA_OLDER,
	SCHEMA_NEWER,
	SCHEMA_EMPTY,
	SCHEMA_FOREIGN,		/* of another program; see takeover.h */
	SCHEMA_BACKUP,		/* a copy that is not to be used as it is; see store/backup.h */
	SCHEMA_MOVED,		/* its users are elsewhere; see store/move_mark.h */
};

struct schema {
	enum schema_kind kind;
	int64_t version;	/* of SCHEMA_FITS and SCHEMA_OLDER; see store/migrate.h */
};

/* Finds out what the database is. */
ERR_CHECKED enum err schema_recognise(struct connection *connection, struct schema *schema);

/* Says why a database that does not fit cannot be used, and what to do; returns ERR_SETUP. */
enum err schema_refuse(struct connection *connection, enum schema_kind kind);

/* Returns the same of a database whose users are elsewhere; NULL where they are not. */
const char *schema_find_move(struct connection *connection, char reason[MOVE_REASON_SIZE]);

/*
 * Writes that a step has been run, in the transaction that is open, and that the database is one
 * of ours. `user_version` says since which version it is readable: a program of the first release
 * asks for nothing else, and goes on as long as that is 1.
 */
ERR_CHECKED enum err schema_record(struct connection *connection, const struct migration *step);

/* Writes that the database is one of ours, and no backup. */
ERR_CHECKED enum err schema_mark(struct connection *connection);

/* Gives the database the journal mode that is set. */
ERR_CHECKED enum err schema_change_journal(const struct config *config,
    struct connection *connection);

/*
 * Refuses a database whose schema or journal mode this program cannot use, saying what to do. In
 * DB_MOVE it may have a mark.
 */
ERR_CHECKED enum err schema_check(const struct config *config, enum db_mode mode,
    struct connection *connection);

#endif
