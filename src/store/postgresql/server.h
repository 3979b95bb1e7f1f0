/*
 * server: where the PostgreSQL is and who we are there, as the settings have it. For the files of
 * `postgresql` alone.
 *
 * Several hosts may be named; one of them takes changes. Each is connected to by itself, so that
 * one that does not answer keeps nobody from the next: see connect.h.
 */
#ifndef BEARWARD_STORE_POSTGRESQL_SERVER_H
#define BEARWARD_STORE_POSTGRESQL_SERVER_H

#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "base/sandbox.h"
#include "config/config.h"
#include "store/db.h"

enum { SERVER_HOSTS_MAX = 16, SERVER_KEYWORDS_MAX = 64 };

/* One host, as PQconnectStartParams() wants it. */
struct server_host {
	const char *keywords[SERVER_KEYWORDS_MAX];	/* borrowed from the server; NULL ends */
	const char *values[SERVER_KEYWORDS_MAX];
	char *name;			/* owned: host and port, to be shown */
	char *host, *address, *port;	/* owned; NULL: not named */
};

struct server {
	struct server_host hosts[SERVER_HOSTS_MAX];
	size_t count;
	enum db_mode mode;
	long wait;			/* milliseconds for each answer: `storage_wait` */
	atomic_size_t preferred;	/* the host that was connected to last */
	atomic_bool has_no_names;	/* prepared statements cannot be found again there */
	atomic_bool wants_password;	/* and it has none: that was why connecting failed last */
	/* Owned; what the hosts borrow. */
	PQconninfoOption *options;
	char *user;			/* where they name none; NULL: they do */
	char *password;			/* secret; NULL: none */
	char *name;			/* hosts and database, to be shown; NULL: not known yet */
	char tcp_timeout[24];
	FILE *report;			/* borrowed; where complaints go; NULL: the log */
};

/*
 * Reads the settings: `database`, or `database_reader` where that is set and nothing is to be
 * written, and the password. *server is owned: server_free(). Returns ERR_SETUP, said in the
 * report or the log, or ERR_MEMORY.
 */
ERR_CHECKED enum err server_new(const struct config *config, enum db_mode mode, FILE *report,
    struct server **server);

/* The same for a URI or keywords that are not of the settings; password is copied, or NULL. */
ERR_CHECKED enum err server_new_for(const struct config *config, const char *database,
    const char *password, FILE *report, struct server **server);

/* Accepts NULL. */
void server_free(struct server *server);

/* Returns the value of an option that libpq knows, as it is in force for all hosts; or NULL. */
const char *server_option(const struct server *server, const char *keyword);

/* Allows what is opened when a connection is. */
void server_allow(const struct server *server, struct sandbox_plan *plan);

/* Says in the report or the log what was attempted and why it cannot be; reason may have lines. */
void server_complain(const struct server *server, const char *attempt, const char *reason);

/* The same for what keeps a program from its start; returns ERR_SETUP. */
enum err server_refuse(const struct server *server, const char *reason);

#endif
