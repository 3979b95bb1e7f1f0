/*
 * server_host: one host of a PostgreSQL, as libpq is told of it. For the files of `postgresql`
 * alone.
 */
#ifndef BEARWARD_STORE_POSTGRESQL_SERVER_HOST_H
#define BEARWARD_STORE_POSTGRESQL_SERVER_HOST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "store/postgresql/server.h"

/* The certificates that Debian trusts, and a file that cannot be there. */
#define SERVER_HOST_AUTHORITIES "/etc/ssl/certs/ca-certificates.crt"
#define SERVER_HOST_NOWHERE "/dev/null/none"

/* Returns how many hosts the options of a server name. */
size_t server_host_count(const struct server *server);

/* Makes the one of a number from the options; server_host_clear() follows. ERR_MEMORY. */
ERR_CHECKED enum err server_host_make(struct server *server, size_t number);

/* Sets an option, in place of one that is there, or only where the settings say nothing of it. */
void server_host_set(struct server_host *host, const char *keyword, const char *value);
void server_host_set_if_open(struct server_host *host, const struct server *server,
    const char *keyword, const char *value);

/* A socket of this host has a directory for a name. */
bool server_host_is_local(const struct server_host *host);

/* Frees what the host owns. */
void server_host_clear(struct server_host *host);

#endif
