/* server_host: one host of a PostgreSQL, as libpq is told of it. */
#include "store/postgresql/server_host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Returns the number of an element of a list with commas, as a new text; NULL: it is empty. */
static char *
element_of(const char *list, size_t number)
{
	size_t len;

	for (; list != NULL && number > 0; number--)
		if ((list = strchr(list, ',')) != NULL)
			list++;
	if (list == NULL || (len = strcspn(list, ",")) == 0)
		return NULL;
	return strndup(list, len);
}

static size_t
count_of(const char *list)
{
	size_t count = 1;

	for (; list != NULL && (list = strchr(list, ',')) != NULL; list++)
		count++;
	return count;
}

void
server_host_set(struct server_host *host, const char *keyword, const char *value)
{
	size_t i = 0;

	while (host->keywords[i] != NULL && strcmp(host->keywords[i], keyword) != 0)
		i++;
	if (i + 1 >= SERVER_KEYWORDS_MAX)
		return;
	host->keywords[i] = keyword;
	host->values[i] = value;
}

void
server_host_set_if_open(struct server_host *host, const struct server *server,
    const char *keyword, const char *value)
{
	if (server_option(server, keyword) == NULL)
		server_host_set(host, keyword, value);
}

bool
server_host_is_local(const struct server_host *host)
{
	return host->address == NULL &&
	    (host->host == NULL || *host->host == '/' || *host->host == '@');
}

/*
 * Over TCP, nobody but the server itself gets to see a password, and nobody reads or changes what
 * is said; unless the settings say otherwise.
 */
static void
set_security(struct server_host *host, const struct server *server)
{
	const char *mode = server_option(server, "sslmode");

	server_host_set(host, "gssencmode", "disable");
	if (server_host_is_local(host))
		return;
	server_host_set_if_open(host, server, "sslmode", "verify-full");
	server_host_set_if_open(host, server, "sslrootcert", SERVER_HOST_AUTHORITIES);
	/* What lies in the home of whoever started a service is not meant for it. */
	server_host_set_if_open(host, server, "sslcert", SERVER_HOST_NOWHERE);
	server_host_set_if_open(host, server, "sslkey", SERVER_HOST_NOWHERE);
	server_host_set_if_open(host, server, "sslcrl", SERVER_HOST_NOWHERE);
	if (server->password != NULL && (mode == NULL || strcmp(mode, "verify-full") == 0))
		server_host_set_if_open(host, server, "channel_binding", "require");
}

enum err
server_host_make(struct server *server, size_t number)
{
	struct server_host *host = &server->hosts[number];
	const char *ports = server_option(server, "port");

	host->host = element_of(server_option(server, "host"), number);
	host->address = element_of(server_option(server, "hostaddr"), number);
	/* One port is for all hosts. */
	host->port = element_of(ports, count_of(ports) == 1 ? 0 : number);
	if (asprintf(&host->name, "%s%s%s", host->host != NULL ? host->host :
	    host->address != NULL ? host->address : "local", host->port != NULL ? ":" : "",
	    host->port != NULL ? host->port : "") < 0) {
		host->name = NULL;
		return ERR_MEMORY;
	}
	for (const PQconninfoOption *o = server->options; o->keyword != NULL; o++)
		if (o->val != NULL && strcmp(o->keyword, "host") != 0 &&
		    strcmp(o->keyword, "hostaddr") != 0 && strcmp(o->keyword, "port") != 0)
			server_host_set(host, o->keyword, o->val);
	if (host->host != NULL)
		server_host_set(host, "host", host->host);
	if (host->address != NULL)
		server_host_set(host, "hostaddr", host->address);
	if (host->port != NULL)
		server_host_set(host, "port", host->port);
	if (server->user != NULL)
		server_host_set(host, "user", server->user);
	if (server->password != NULL)
		server_host_set(host, "password", server->password);
	server_host_set(host, "client_encoding", "UTF8");
	server_host_set_if_open(host, server, "target_session_attrs", "primary");
	server_host_set_if_open(host, server, "application_name", program_invocation_short_name);
	/* The kernel gives up on what a cut cable has swallowed. */
	server_host_set_if_open(host, server, "tcp_user_timeout", server->tcp_timeout);
	server_host_set_if_open(host, server, "keepalives_idle", "10");
	server_host_set_if_open(host, server, "keepalives_interval", "3");
	server_host_set_if_open(host, server, "keepalives_count", "3");
	set_security(host, server);
	return ERR_OK;
}

size_t
server_host_count(const struct server *server)
{
	const char *hosts = server_option(server, "host");

	return count_of(hosts != NULL ? hosts : server_option(server, "hostaddr"));
}

void
server_host_clear(struct server_host *host)
{
	free(host->name);
	free(host->host);
	free(host->address);
	free(host->port);
}
