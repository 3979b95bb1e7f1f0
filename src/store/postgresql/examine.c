/* examine: looks whether a PostgreSQL is as bearward needs it. */
#include "store/postgresql/examine.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store/postgresql/conninfo.h"
#include "store/postgresql/examine_internal.h"
#include "store/postgresql/question.h"

enum { SHOWN_SIZE = 512 };

void
examine_note(struct examine *examine, enum finding_kind kind, const char *check,
    const char *found, const char *advice)
{
	examine->note(&(struct finding){ .kind = kind, .check = check, .found = found,
	    .advice = kind == FINDING_FINE ? NULL : advice }, examine->arg);
}

/*
 * Connects with a text in front of that of the settings, and without complaints to anybody:
 * what libpq says goes to said, which is owned then.
 */
static enum verdict
connect_with(const struct config *config, enum db_mode mode, const char *text,
    struct server **server, struct connection **connection, char **said)
{
	struct server *settings = NULL;		/* owned: for the password */
	const char *database = mode == DB_READ ? config->database_reader : config->database;
	char *conninfo = conninfo_merge(text, database, NULL);	/* owned */
	size_t len;
	FILE *report = open_memstream(said, &len);	/* owned */
	enum verdict verdict = VERDICT_MEMORY;

	*server = NULL;
	*connection = NULL;
	if (report == NULL || conninfo == NULL)
		goto out;
	verdict = VERDICT_FAILED;
	if (server_new(config, mode, report, &settings) != ERR_OK || server_new_for(config,
	    conninfo, settings->password, report, server) != ERR_OK)
		goto out;
	atomic_store(&(*server)->has_no_names, true);
	verdict = connection_open_any(*server, clock_ms() + (*server)->wait, connection);
	(*server)->report = NULL;
out:
	if (report != NULL)
		(void)fclose(report);
	server_free(settings);
	free(conninfo);
	return verdict;
}

static void
hang_up(struct server *server, struct connection *connection)
{
	connection_close(connection);
	server_free(server);
}

/* ---- Each host */

/* Asks a host what it is; returns whether it is the primary. */
static bool
examine_host(struct examine *examine, const struct server_host *host)
{
	char check[SHOWN_SIZE], text[SHOWN_SIZE * 2];
	struct server *server = NULL;		/* owned, like the next ones */
	struct connection *connection = NULL;
	PGresult *result = NULL;
	char *said = NULL;
	bool is_primary = false;

	snprintf(check, sizeof(check), "host %s", host->name);
	snprintf(text, sizeof(text), "host='%s' hostaddr='%s' port='%s' "
	    "target_session_attrs=any", host->host != NULL ? host->host : "",
	    host->address != NULL ? host->address : "", host->port != NULL ? host->port : "");
	if (connect_with(examine->config, DB_WRITE, text, &server, &connection, &said) !=
	    VERDICT_FINE) {
		examine_note(examine, FINDING_FAULT, check, said != NULL ? said : "out of memory",
		    "see that it runs, and lets this host and this role in: pg_hba.conf, "
		    "certificates, firewall");
	} else if (question_ask(connection, "SELECT pg_is_in_recovery()::text",
	    server->wait, &result) != VERDICT_FINE) {
		examine_note(examine, FINDING_FAULT, check, question_reason(connection, result),
		    "see its log");
	} else {
		is_primary = strcmp(PQgetvalue(result, 0, 0), "false") == 0;
		examine_note(examine, FINDING_FINE, check, is_primary ? "primary" : "standby",
		    NULL);
	}
	PQclear(result);
	hang_up(server, connection);
	free(said);
	return is_primary;
}

static void
examine_every_host(struct examine *examine)
{
	struct server *named = NULL;	/* owned */
	char found[SHOWN_SIZE];
	size_t primaries = 0;

	if (server_new(examine->config, DB_WRITE, NULL, &named) != ERR_OK) {
		examine_note(examine, FINDING_FAULT, "settings", "the database cannot be asked",
		    "mend what the line above says");
		return;
	}
	for (size_t i = 0; i < named->count; i++)
		primaries += examine_host(examine, &named->hosts[i]);
	snprintf(found, sizeof(found), "%zu of %zu host%s take%s changes", primaries,
	    named->count, named->count == 1 ? "" : "s", primaries == 1 ? "s" : "");
	examine_note(examine, primaries == 1 ? FINDING_FINE : FINDING_FAULT, "primary", found,
	    primaries == 0 ? "start the primary, or promote a standby: pg_ctl promote" :
	    "stop one at once: what each of them confirms, the other does not have");
	server_free(named);
}

/* ---- The primary */

static void
examine_connection(struct examine *examine)
{
	PGconn *pg = examine->connection->pg;
	const char *host = PQhost(pg);
	const bool is_local = host == NULL || *host == '/' || *host == '@' || *host == '\0';
	const char *mode = server_option(examine->server, "sslmode");
	PGresult *result = NULL;	/* owned */
	bool is_direct;

	if (is_local)
		examine_note(examine, FINDING_FINE, "TLS", "not needed on a unix socket", NULL);
	else if (PQsslInUse(pg) && (mode == NULL || strcmp(mode, "verify-full") == 0))
		examine_note(examine, FINDING_FINE, "TLS", PQsslAttribute(pg, "protocol"), NULL);
	else if (PQsslInUse(pg))
		examine_note(examine, FINDING_RISK, "TLS",
		    "whose certificate it is, is not looked at",
		    "take sslmode out of the setting database, so that it is verify-full");
	else
		examine_note(examine, FINDING_FAULT, "TLS", "none",
		    "have the server speak TLS (ssl = on), and take sslmode out of the setting "
		    "database, so that it is verify-full");

	/* Who stands between makes up numbers of its own. */
	if (question_ask(examine->connection, "SELECT pg_backend_pid()::text",
	    examine->server->wait, &result) == VERDICT_FINE) {
		is_direct = atoi(PQgetvalue(result, 0, 0)) == PQbackendPID(pg);
		examine_note(examine, FINDING_FINE, "pooler", is_direct ? "none"
		    : "one such as pgbouncer stands between", NULL);
	}
	PQclear(result);
}

/* Only an administrator sees them all, or a function that `bearward init` has made. */
static void
examine_standbys(struct examine *examine)
{
	static const char question[] =
		"SELECT coalesce(string_agg(name || ' (' || state || ', ' || sync_state || ')', "
		"', ' ORDER BY name), 'none'), (count(*) FILTER (WHERE state = 'streaming' "
		"AND sync_state IN ('sync', 'quorum')))::text, "
		"(current_setting('synchronous_standby_names') <> '')::text "
		"FROM bearward_standbys()";
	PGresult *result = NULL;	/* owned */

	if (question_ask(examine->connection, question, examine->server->wait,
	    &result) != VERDICT_FINE)
		examine_note(examine, FINDING_UNKNOWN, "standbys", "the writer may not see them",
		    "run `bearward init --database-admin` as a superuser, or as a member of "
		    "pg_monitor");
	else if (strcmp(PQgetvalue(result, 0, 2), "true") != 0)
		examine_note(examine, FINDING_FINE, "standbys", PQgetvalue(result, 0, 0), NULL);
	else
		examine_note(examine, strcmp(PQgetvalue(result, 0, 1), "0") != 0 ? FINDING_FINE :
		    FINDING_FAULT, "standbys", PQgetvalue(result, 0, 0),
		    "no synchronous standby follows, so every change waits: start it, or name "
		    "another one in synchronous_standby_names");
	PQclear(result);
}

/* ---- The reader */

static void
examine_reader(struct examine *examine)
{
	struct server *server = NULL;		/* owned, like the next ones */
	struct connection *connection = NULL;
	char *said = NULL;

	if (*examine->config->database_reader == '\0')
		examine_note(examine, FINDING_RISK, "reader", "none",
		    "set database_reader, to a role that `bearward init --database-admin` makes: "
		    "me, verify and meta need not be able to see hashes of passwords");
	else if (connect_with(examine->config, DB_READ, "application_name='bearward doctor'",
	    &server, &connection, &said) == VERDICT_FINE)
		examine_note(examine, FINDING_FINE, "reader", PQuser(connection->pg), NULL);
	else
		examine_note(examine, FINDING_FAULT, "reader",
		    said != NULL ? said : "out of memory",
		    "run `bearward init --database-admin`, and see that the server lets the role "
		    "in: pg_hba.conf");
	hang_up(server, connection);
	free(said);
}

void
examine_database(const struct config *config, finding_note *note, void *arg)
{
	struct examine examine = { .config = config, .note = note, .arg = arg };
	FILE *nowhere = fopen("/dev/null", "we");	/* owned */
	char *said = NULL;	/* owned */

	/* A role with another name is not ours to look for. */
	if (nowhere == NULL || roles_find(config, &examine.roles, nowhere) != ERR_OK)
		examine.roles = (struct roles){0};
	examine_every_host(&examine);
	if (connect_with(config, DB_WRITE, "application_name='bearward doctor'", &examine.server,
	    &examine.connection, &said) == VERDICT_FINE) {
		examine_connection(&examine);
		examine_questions(&examine);
		examine_standbys(&examine);
	}
	examine_reader(&examine);
	hang_up(examine.server, examine.connection);
	free(said);
	if (nowhere != NULL)
		(void)fclose(nowhere);
}
