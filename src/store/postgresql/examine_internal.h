/*
 * examine_internal: what the files of examine have in common. For them alone.
 */
#ifndef BEARWARD_STORE_POSTGRESQL_EXAMINE_INTERNAL_H
#define BEARWARD_STORE_POSTGRESQL_EXAMINE_INTERNAL_H

#include "store/db.h"
#include "store/postgresql/connection.h"
#include "store/postgresql/roles.h"

/* An examination under way. */
struct examine {
	const struct config *config;
	finding_note *note;
	void *arg;
	struct roles roles;		/* as the settings name them; "" where they cannot */
	struct server *server;		/* owned, like the connection: to the primary, as writer */
	struct connection *connection;
};

void examine_note(struct examine *examine, enum finding_kind kind, const char *check,
    const char *found, const char *advice);

/* Asks the primary what it can tell by a statement. */
void examine_questions(struct examine *examine);

#endif
