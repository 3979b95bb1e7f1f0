/* server: where the PostgreSQL is and who we are there, as the settings have it. */
#include "store/postgresql/server.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "store/move_mark.h"
#include "store/postgresql/conninfo.h"
#include "store/postgresql/password_file.h"
#include "store/postgresql/server_host.h"

enum {
	WAIT_LEAST = 500,	/* milliseconds: a server may be far away, or busy */
	CABLE_WAIT = 60000,	/* milliseconds at most for what a cable has swallowed */
	COMPLAINT_SIZE = 1024,
};

/* Makes one line of what libpq says in several. */
static void
join_lines(const char *text, char line[COMPLAINT_SIZE])
{
	size_t len = 0;

	for (; *text != '\0' && len < COMPLAINT_SIZE - 2; text++)
		if (*text != '\n' && *text != '\t')
			line[len++] = *text;
		else if (len > 0 && line[len - 1] != ' ' && text[1] != '\0')
			line[len++] = ' ';
	line[len] = '\0';
}

void
server_complain(const struct server *server, const char *attempt, const char *reason)
{
	char line[COMPLAINT_SIZE];

	join_lines(reason, line);
	if (server->report != NULL)
		fprintf(server->report, "PostgreSQL: %s: %s\n", attempt, line);
	else
		log_event(LEVEL_ERROR, "storage failed", LOG_TEXT("database", server->name),
		    LOG_TEXT("attempt", attempt), LOG_TEXT("reason", line));
}

enum err
server_refuse(const struct server *server, const char *reason)
{
	server_complain(server, "cannot use the database", reason);
	return ERR_SETUP;
}

const char *
server_option(const struct server *server, const char *keyword)
{
	return conninfo_value(server->options, keyword);
}

/*
 * What libpq takes from its environment leads elsewhere than the settings say, where it would have
 * nobody show who he is.
 */
static enum err
refuse_elsewhere(const struct server *server)
{
	const bool is_named = server_option(server, "host") != NULL ||
	    server_option(server, "hostaddr") != NULL;

	if (server_option(server, "service") != NULL)
		return server_refuse(server, "it names a service: write what the file of services "
		    "says into the setting");
	if (!is_named && (getenv("PGHOST") != NULL || getenv("PGHOSTADDR") != NULL ||
	    getenv("PGSERVICE") != NULL))
		return server_refuse(server, "it names no host, and the environment does: write "
		    "the host into the setting");
	return ERR_OK;
}

/* Whose account this is cannot be looked up any more by a process that is confined. */
static enum err
find_user(struct server *server)
{
	PQconninfoOption *defaults;	/* owned */
	const char *user;		/* borrowed */

	if (server_option(server, "user") != NULL)
		return ERR_OK;
	if ((defaults = PQconndefaults()) == NULL)
		return ERR_MEMORY;
	if ((user = conninfo_value(defaults, "user")) != NULL)
		server->user = strdup(user);
	PQconninfoFree(defaults);
	return ERR_OK;
}

static enum err
make_hosts(struct server *server)
{
	const char *hosts = server_option(server, "host");
	const char *name = server_option(server, "dbname");
	enum err err;

	if ((err = refuse_elsewhere(server)) != ERR_OK)
		return err;
	if ((err = find_user(server)) != ERR_OK)
		return err;
	if (asprintf(&server->name, "%s/%s", hosts != NULL ? hosts : "", name != NULL ? name :
	    "") < 0) {
		server->name = NULL;
		return ERR_MEMORY;
	}
	server->count = server_host_count(server);
	if (server->count > SERVER_HOSTS_MAX)
		return server_refuse(server, "database names more than 16 hosts");
	for (size_t i = 0; i < server->count && err == ERR_OK; i++)
		err = server_host_make(server, i);
	return err;
}

enum err
server_new_for(const struct config *config, const char *database, const char *password,
    FILE *report, struct server **server)
{
	struct server *s = calloc(1, sizeof(*s));	/* owned until it is given away */
	char *fault = NULL;				/* owned, by libpq */
	enum err err = ERR_MEMORY;

	*server = NULL;
	if (s == NULL)
		goto out;
	s->report = report;
	s->wait = config->storage_wait > WAIT_LEAST ? config->storage_wait : WAIT_LEAST;
	snprintf(s->tcp_timeout, sizeof(s->tcp_timeout), "%ld",
	    s->wait < CABLE_WAIT ? s->wait : CABLE_WAIT);
	if (password != NULL && (s->password = strdup(password)) == NULL)
		goto out;
	if ((s->options = PQconninfoParse(database, &fault)) == NULL) {
		err = fault == NULL ? ERR_MEMORY : server_refuse(s, fault);
		goto out;
	}
	if ((err = make_hosts(s)) != ERR_OK)
		goto out;
	*server = s;
	s = NULL;
out:
	PQfreemem(fault);
	server_free(s);
	return err;
}

enum err
server_new(const struct config *config, enum db_mode mode, FILE *report, struct server **server)
{
	const bool is_reader = mode < DB_WRITE && *config->database_reader != '\0';
	const char *path = is_reader ? config->database_reader_password_file
	    : config->database_password_file;
	char password[PASSWORD_FILE_SIZE] = "";		/* secret */
	enum err err = ERR_OK;

	*server = NULL;
	if (*path != '\0')
		err = password_file_read(path, &(struct server){ .report = report }, password);
	if (err == ERR_OK)
		err = server_new_for(config, is_reader ? config->database_reader
		    : config->database, *path != '\0' ? password : NULL, report, server);
	secret_wipe(password, sizeof(password));
	if (err != ERR_OK)
		return err;
	if (server_option(*server, "password") != NULL) {
		err = server_refuse(*server, "there is a password in the setting: put it into the "
		    "file that database_password_file or database_reader_password_file names");
		server_free(*server);
		*server = NULL;
		return err;
	}
	(*server)->mode = mode;
	for (size_t i = 0; i < (*server)->count; i++) {
		struct server_host *host = &(*server)->hosts[i];

		/* That in a home is not meant for services, and cannot be read when confined. */
		server_host_set_if_open(host, *server, "passfile", SERVER_HOST_NOWHERE);
		if (mode == DB_MOVE)
			server_host_set(host, "application_name", MOVE_NAME);
	}
	return ERR_OK;
}

void
server_free(struct server *server)
{
	if (server == NULL)
		return;
	for (size_t i = 0; i < server->count && i < SERVER_HOSTS_MAX; i++)
		server_host_clear(&server->hosts[i]);
	free(server->name);
	free(server->user);
	secret_free(server->password);
	PQconninfoFree(server->options);
	free(server);
}

void
server_allow(const struct server *server, struct sandbox_plan *plan)
{
	static const char *const options[] = {
		"sslrootcert", "sslcert", "sslkey", "sslcrl",
	};
	/* What names and addresses are looked up with. */
	static const char *const files[] = {
		"hosts", "resolv.conf", "nsswitch.conf", "host.conf", "gai.conf",
	};
	const char *path;
	bool is_all_local = true;

	for (size_t i = 0; i < server->count; i++)
		is_all_local = is_all_local && server_host_is_local(&server->hosts[i]);
	if ((path = server_option(server, "passfile")) != NULL && *path == '/')
		sandbox_allow(plan, SANDBOX_READ, path, "");
	if (is_all_local) {
		plan->connects_locally = true;
		return;
	}
	plan->connects_to_hosts = true;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if ((path = server_option(server, options[i])) != NULL && *path == '/')
			sandbox_allow(plan, SANDBOX_READ, path, "");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		sandbox_allow(plan, SANDBOX_READ, "/etc", files[i]);
	if (server_option(server, "sslrootcert") == NULL)
		sandbox_allow(plan, SANDBOX_READ, SERVER_HOST_AUTHORITIES, "");
	if ((path = server_option(server, "sslcrldir")) != NULL)
		sandbox_allow(plan, SANDBOX_READ_BELOW, path, "");
}
