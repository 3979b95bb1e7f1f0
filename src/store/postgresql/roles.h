/*
 * roles: what an administrator has to do so that bearward can use a PostgreSQL, as SQL. For the
 * files of `postgresql` alone.
 *
 * There are three roles. The owner, whom nobody can sign in as, has the database and the tables.
 * The writer is the user of `database`: it reads and changes rows, and no table. The reader is the
 * user of `database_reader`: it sees what a check needs, and no hash of a password. The last two
 * have a limit of connections each, so that one leaves room for the other.
 *
 * All of it is a list of steps, one text, which `bearward init --database-admin` runs and
 * --database-admin-sql prints for psql. Each step may be run again.
 */
#ifndef BEARWARD_STORE_POSTGRESQL_ROLES_H
#define BEARWARD_STORE_POSTGRESQL_ROLES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "config/config.h"

enum {
	ROLES_NAME_SIZE = 64,		/* what PostgreSQL cuts names to, with a NUL */
	ROLES_VERIFIER_SIZE = 256,
};

/* Who is to be there. Names have nothing in them that SQL or psql would have to be told about. */
struct roles {
	char database[ROLES_NAME_SIZE];
	char owner[ROLES_NAME_SIZE];
	char writer[ROLES_NAME_SIZE];
	char reader[ROLES_NAME_SIZE];	/* "": there is none */
	/* What is stored of the passwords (SCRAM) of those that are made; "": they have none. */
	char writer_verifier[ROLES_VERIFIER_SIZE];
	char reader_verifier[ROLES_VERIFIER_SIZE];
	bool sets_writer_password;	/* also where the role is there already */
	bool sets_reader_password;
	int64_t connections;		/* of the writer; 0: a part of what the server has, unless
					 * there is a limit already */
};

struct roles_step {
	enum roles_place {
		ROLES_OUTSIDE,		/* in another database, as this one may not be there yet */
		ROLES_INSIDE,
	} place;
	enum roles_way {
		ROLES_RUN,
		ROLES_GENERATE,		/* a SELECT, each value of which is a statement to
					 * be run; there is none where nothing is to do */
		ROLES_TABLES,		/* no text: the tables are made, or brought up to date */
	} way;
	const char *said;		/* what was done, where something was; NULL: not said */
	const char *text;
};

/*
 * Finds the roles and the database that the settings name. Returns ERR_SETUP, with what to do
 * written to report, where they name none, or one of which not every letter is a letter, a digit
 * or one of "_.@-".
 */
ERR_CHECKED enum err roles_find(const struct config *config, struct roles *roles, FILE *report);

/*
 * Visits the steps in their order. Texts are borrowed for the call. What the visitor returns ends
 * it unless it is ERR_OK, and is returned.
 */
ERR_CHECKED enum err roles_visit(const struct roles *roles,
    enum err (*visit)(const struct roles_step *step, void *arg), void *arg);

#endif
