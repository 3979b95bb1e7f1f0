/* examine_questions: what the primary is asked about itself. */
#include "store/postgresql/examine_internal.h"

#include <stdio.h>
#include <string.h>

#include "store/postgresql/fill.h"
#include "store/postgresql/question.h"

/*
 * What the primary is asked, as the writer. Each question returns one row: "ok", "risk", "fault"
 * or "unknown"; what was found; and, if need be, what else to do than the row says. Names in
 * braces are those of store/postgresql/roles.h.
 */
#define IF(condition, otherwise) "CASE WHEN " condition " THEN 'ok' ELSE '" otherwise "' END"
#define SETTING(name) "current_setting('" name "')"
#define MY_LIMIT "(SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user)"
#define HOSTS "(SELECT greatest(count(*), 1) FROM hosts WHERE seen_at > " \
	"extract(epoch FROM clock_timestamp()) - 86400)"

struct question {
	const char *name, *text, *advice;
};

static const struct question questions[] = {
	{ "version", "SELECT 'ok', " SETTING("server_version"), NULL },
	{ "encoding",
	  "SELECT " IF(SETTING("server_encoding") " = 'UTF8'", "fault") ", "
	  SETTING("server_encoding"),
	  "make the database anew with ENCODING UTF8 and TEMPLATE template0, and move the rows" },
	{ "fsync",
	  "SELECT " IF(SETTING("fsync") " = 'on'", "fault") ", " SETTING("fsync"),
	  "set fsync = on in postgresql.conf: a power cut would lose what was confirmed" },
	{ "full_page_writes",
	  "SELECT " IF(SETTING("full_page_writes") " = 'on'", "fault") ", "
	  SETTING("full_page_writes"),
	  "set full_page_writes = on in postgresql.conf: a power cut could destroy pages" },
	{ "synchronous_commit",
	  "SELECT " IF(SETTING("synchronous_commit") " IN ('on', 'remote_apply')", "fault") ", "
	  SETTING("synchronous_commit"),
	  "set it to on, or run `bearward init --database-admin`: what was confirmed could be "
	  "lost" },
	{ "synchronous standby",
	  "SELECT CASE WHEN " SETTING("synchronous_standby_names") " <> '' THEN 'ok' "
	  "WHEN {hosts} > 1 OR EXISTS (SELECT FROM pg_stat_replication) THEN 'fault' "
	  "ELSE 'risk' END, coalesce(nullif(" SETTING("synchronous_standby_names") ", ''), "
	  "'none is named')",
	  "name one in synchronous_standby_names: a standby that follows by itself has not all "
	  "that was confirmed, and without any, a lost disk loses all" },
	{ "administration of the writer",
	  "SELECT " IF("NOT (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR "
	  "rolbypassrls)", "fault") ", CASE WHEN rolsuper THEN 'it is a superuser' WHEN "
	  "rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls THEN "
	  "'it has rights of an administrator' ELSE 'none' END "
	  "FROM pg_roles WHERE rolname = current_user",
	  "ALTER ROLE ... NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS" },
	{ "owner of the tables",
	  "SELECT " IF("relowner::regrole::text <> quote_ident(current_user)", "risk") ", "
	  "relowner::regrole::text FROM pg_class WHERE oid = to_regclass('users')",
	  "have `bearward init --database-admin` make a role for that: whoever takes over a "
	  "responder could drop the tables" },
	{ "limit of the writer",
	  "SELECT CASE WHEN " MY_LIMIT " = -1 THEN 'risk' WHEN " MY_LIMIT " < 8 * " HOSTS
	  " THEN 'risk' ELSE 'ok' END, CASE WHEN " MY_LIMIT " = -1 THEN 'no limit' ELSE "
	  MY_LIMIT " || ' connections, ' || " HOSTS " || ' hosts' END",
	  "run `bearward init --database-admin` with --connection-limit, of 8 a host or more: "
	  "without a limit, changes that wait take the connections of those who read" },
	{ "connections of the server",
	  "SELECT " IF("(SELECT sum(greatest(rolconnlimit, 0)) FROM pg_roles WHERE rolname IN "
	  "(current_user, '{reader}')) <= " SETTING("max_connections") "::int - "
	  SETTING("superuser_reserved_connections") "::int", "risk") ", "
	  SETTING("max_connections"),
	  "raise max_connections, or lower the limits of the roles: together they may take more "
	  "than there is" },
	{ "connections in use",
	  "SELECT " IF(MY_LIMIT " = -1 OR count(*) * 5 <= 4 * " MY_LIMIT, "risk") ", "
	  "count(*)::text FROM pg_stat_activity WHERE usename = current_user",
	  "raise the limit of the writer, with `bearward init --database-admin` and "
	  "--connection-limit, or find out who has them" },
	{ "changes that wait for a standby",
	  "SELECT " IF("count(*) = 0", "fault") ", count(*)::text FROM pg_stat_activity "
	  "WHERE usename = current_user AND wait_event = 'SyncRep' "
	  "AND query_start < clock_timestamp() - interval '{wait} ms'",
	  "bring the standby back, or name another one in synchronous_standby_names" },
	{ "password_encryption",
	  "SELECT " IF(SETTING("password_encryption") " = 'scram-sha-256'", "risk") ", "
	  SETTING("password_encryption"),
	  "set password_encryption = scram-sha-256 in postgresql.conf, and set passwords anew" },
};

/* Where the settings name a reader. */
static const struct question of_reader = {
	"hashes of passwords",
	"SELECT CASE WHEN has_column_privilege(oid, 'users', 'hashed_password', 'SELECT') "
	"THEN 'fault' ELSE 'ok' END, CASE WHEN has_column_privilege(oid, 'users', "
	"'hashed_password', 'SELECT') THEN '{reader} can see them' ELSE "
	"'{reader} cannot see them' END FROM pg_roles WHERE rolname = '{reader}'",
	"run `bearward init --database-admin`, and see that the role is no member of another one",
};

static enum finding_kind
kind_of(const char *word)
{
	static const struct { const char *word; enum finding_kind kind; } kinds[] = {
		{ "ok", FINDING_FINE }, { "risk", FINDING_RISK }, { "fault", FINDING_FAULT },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].word, word) == 0)
			return kinds[i].kind;
	return FINDING_UNKNOWN;
}

static void
ask(struct examine *examine, const struct question *question)
{
	char hosts[24], wait[24], text[FILL_SIZE];
	const struct fill_name names[] = {
		{ "{reader}", examine->roles.reader }, { "{hosts}", hosts }, { "{wait}", wait },
		{ NULL, NULL },
	};
	PGresult *result = NULL;	/* owned */
	enum verdict verdict;

	snprintf(hosts, sizeof(hosts), "%zu", examine->server->count);
	snprintf(wait, sizeof(wait), "%ld", examine->config->storage_wait);
	verdict = question_ask(examine->connection, fill_in(question->text, names, text),
	    examine->server->wait, &result);
	if (verdict == VERDICT_FINE && PQntuples(result) == 1)
		examine_note(examine, kind_of(PQgetvalue(result, 0, 0)), question->name,
		    PQgetvalue(result, 0, 1), question->advice);
	else
		examine_note(examine, FINDING_UNKNOWN, question->name, verdict == VERDICT_FINE
		    ? "no answer" : question_reason(examine->connection, result),
		    "run `bearward init`, or see whether the writer may read this");
	PQclear(result);
}

void
examine_questions(struct examine *examine)
{
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		ask(examine, &questions[i]);
	if (*examine->roles.reader != '\0')
		ask(examine, &of_reader);
}
