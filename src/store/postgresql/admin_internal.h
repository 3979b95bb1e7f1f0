/*
 * admin_internal: what the files of admin have in common. For them alone.
 */
#ifndef BEARWARD_STORE_POSTGRESQL_ADMIN_INTERNAL_H
#define BEARWARD_STORE_POSTGRESQL_ADMIN_INTERNAL_H

#include "store/postgresql/admin.h"
#include "store/postgresql/connection.h"
#include "store/postgresql/roles.h"

/* The work under way. */
struct admin_work {
	const struct config *config;
	const struct db_admin *admin;
	struct roles roles;
	struct server *server;		/* owned, like the connection */
	struct connection *connection;
	char *password;			/* owned, secret: what the administrator typed; or NULL */
	bool is_inside;
	bool has_changed;		/* something that was said */
	FILE *out;			/* borrowed: where SQL is printed; NULL: it is run */
};

/* Tells whether a statement returns any row. Returns ERR_SETUP, said, where it failed. */
ERR_CHECKED enum err admin_ask_whether(struct connection *connection, const char *text,
    bool *is_so);

/*
 * Finds what is to become of the passwords, and makes the files that are missing. pg is any
 * connection, also one that failed. Where SQL is printed, nobody is asked whether the roles are
 * there: the steps do for both.
 */
ERR_CHECKED enum err admin_settle_passwords(struct admin_work *work, PGconn *pg);

#endif
