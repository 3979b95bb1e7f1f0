/* roles: what an administrator has to do so that bearward can use a PostgreSQL, as SQL. */
#include "store/postgresql/roles.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "store/postgresql/conninfo.h"
#include "store/postgresql/fill.h"

/* Ends everything with what is to be done. Texts have names in braces, see fill.h. */
#define RAISE_IF(condition, message) "DO $$BEGIN IF " condition \
	" THEN RAISE EXCEPTION USING MESSAGE = " message "; END IF; END$$"

/* One administrator works at a time, until the connection ends. */
#define TAKE_TURN "SET lock_timeout = '10s';\n" \
	"DO $$BEGIN PERFORM pg_advisory_lock(8027706250197197156); END$$"

/* A role is made only where it is missing: who has made one otherwise keeps it as it is. */
#define IS_MISSING(name) " WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '" name "')"

/* Of the connections that a server has, with a rest for administrators. */
#define SHARE(name, percent) "SELECT format('ALTER ROLE \"" name "\" CONNECTION LIMIT %s', " \
	"greatest(1, current_setting('max_connections')::int * " percent " / 100)) " \
	"FROM pg_roles WHERE rolname = '" name "' AND rolconnlimit = -1"

/* What a later version makes is the writer's to use at once; only the version is not. */
#define RIGHTS_OF_WRITER "BEGIN;\n" \
	"REVOKE ALL ON DATABASE \"{database}\" FROM PUBLIC;\n" \
	"REVOKE CREATE ON SCHEMA public FROM PUBLIC;\n" \
	"GRANT CONNECT ON DATABASE \"{database}\" TO \"{writer}\";\n" \
	"GRANT USAGE ON SCHEMA public TO \"{writer}\";\n" \
	"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO \"{writer}\";\n" \
	"GRANT SELECT, USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA public TO \"{writer}\";\n" \
	"REVOKE INSERT, UPDATE, DELETE ON public.bearward_schema FROM \"{writer}\";\n" \
	"ALTER DEFAULT PRIVILEGES IN SCHEMA public " \
	"GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO \"{writer}\";\n" \
	"ALTER DEFAULT PRIVILEGES IN SCHEMA public " \
	"GRANT SELECT, USAGE, UPDATE ON SEQUENCES TO \"{writer}\";\n" \
	"COMMIT"

/* What me, verify and meta read: of users what USERS_ROW has; of messages, how many there are. */
#define RIGHTS_OF_READER "BEGIN;\n" \
	"GRANT CONNECT ON DATABASE \"{database}\" TO \"{reader}\";\n" \
	"GRANT USAGE ON SCHEMA public TO \"{reader}\";\n" \
	"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM \"{reader}\";\n" \
	"GRANT SELECT (id, username, username_key, is_active, scope, created_at, email, " \
	"display_name, is_imported, last_sign_in_at, signed_out_at, groups, email_verified) " \
	"ON public.users TO \"{reader}\";\n" \
	"GRANT SELECT (id) ON public.outbox TO \"{reader}\";\n" \
	"GRANT SELECT ON public.bearward_schema, public.dead_tokens, public.grants, " \
	"public.moments, public.sessions TO \"{reader}\";\n" \
	"COMMIT"

/* Whom a step is for, besides everybody. */
enum whom { ALL, WITH_READER, WITH_WRITER_PASSWORD, WITH_READER_PASSWORD, WITH_LIMIT,
	WITHOUT_LIMIT };

static const struct {
	enum whom whom;
	struct roles_step step;
} steps[] = {
	/* Outside: the roles and the database. */
	{ ALL, { ROLES_OUTSIDE, ROLES_RUN, NULL, TAKE_TURN } },
	{ ALL, { ROLES_OUTSIDE, ROLES_RUN, NULL,
		RAISE_IF("current_setting('server_version_num')::int < 150000",
		"'this is PostgreSQL ' || current_setting('server_version') || "
		"', and bearward needs 15 or newer'") } },
	{ ALL, { ROLES_OUTSIDE, ROLES_RUN, NULL,
		RAISE_IF("EXISTS (SELECT FROM pg_roles WHERE rolname IN ('{writer}', '{reader}') "
		"AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication "
		"OR rolbypassrls))",
		"'role {writer} or {reader} may do what only an administrator should; name other "
		"users in the settings database and database_reader'") } },
	{ ALL, { ROLES_OUTSIDE, ROLES_GENERATE, "made role {owner}, which owns the database",
		"SELECT 'CREATE ROLE \"{owner}\" NOLOGIN'" IS_MISSING("{owner}") } },
	{ ALL, { ROLES_OUTSIDE, ROLES_GENERATE, "made role {writer}, which reads and writes",
		"SELECT 'CREATE ROLE \"{writer}\" LOGIN{with_writer_password}'"
		IS_MISSING("{writer}") } },
	{ WITH_READER, { ROLES_OUTSIDE, ROLES_GENERATE,
		"made role {reader}, which reads, but no hash of a password",
		"SELECT 'CREATE ROLE \"{reader}\" LOGIN{with_reader_password}'"
		IS_MISSING("{reader}") } },
	{ WITHOUT_LIMIT, { ROLES_OUTSIDE, ROLES_GENERATE,
		"gave {writer} 60 % of the connections of the server at most",
		SHARE("{writer}", "60") } },
	{ WITH_LIMIT, { ROLES_OUTSIDE, ROLES_GENERATE, "gave {writer} {limit} connections at most",
		"SELECT 'ALTER ROLE \"{writer}\" CONNECTION LIMIT {limit}' FROM pg_roles "
		"WHERE rolname = '{writer}' AND rolconnlimit <> {limit}" } },
	{ WITH_READER, { ROLES_OUTSIDE, ROLES_GENERATE,
		"gave {reader} 30 % of the connections of the server at most",
		SHARE("{reader}", "30") } },
	{ ALL, { ROLES_OUTSIDE, ROLES_GENERATE,
		"had the server notice soon when a host of {writer} is gone",
		"SELECT format('ALTER ROLE \"{writer}\" SET %I = %L', name, value) FROM (VALUES "
		"('lock_timeout', '60s'), ('client_connection_check_interval', '2s'), "
		"('tcp_keepalives_idle', '20s'), ('tcp_keepalives_interval', '10s'), "
		"('tcp_keepalives_count', '3')) AS wanted (name, value) WHERE NOT EXISTS "
		"(SELECT FROM pg_roles, unnest(rolconfig) AS given WHERE rolname = '{writer}' "
		"AND given LIKE wanted.name || '=%')" } },
	{ WITH_WRITER_PASSWORD, { ROLES_OUTSIDE, ROLES_RUN, "set the password of {writer}",
		"ALTER ROLE \"{writer}\" PASSWORD '{writer_verifier}'" } },
	{ WITH_READER_PASSWORD, { ROLES_OUTSIDE, ROLES_RUN, "set the password of {reader}",
		"ALTER ROLE \"{reader}\" PASSWORD '{reader_verifier}'" } },
	/* An administrator who is no superuser has to be a member to give things to the owner. */
	{ ALL, { ROLES_OUTSIDE, ROLES_GENERATE, NULL,
		"SELECT 'GRANT \"{owner}\" TO CURRENT_USER' "
		"WHERE NOT pg_has_role(current_user, '{owner}', 'USAGE')" } },
	{ ALL, { ROLES_OUTSIDE, ROLES_GENERATE, "made database {database}",
		"SELECT 'CREATE DATABASE \"{database}\" OWNER \"{owner}\" TEMPLATE template0 "
		"ENCODING ''UTF8'' LOCALE_PROVIDER libc LOCALE ''C''' WHERE NOT EXISTS "
		"(SELECT FROM pg_database WHERE datname = '{database}')" } },

	/* Inside: the tables, and who may do what with them. */
	{ ALL, { ROLES_INSIDE, ROLES_RUN, NULL, TAKE_TURN } },
	{ ALL, { ROLES_INSIDE, ROLES_RUN, NULL, RAISE_IF(
		"current_setting('server_encoding') <> 'UTF8'",
		"'database {database} has the encoding ' || current_setting('server_encoding') || "
		"'; make it anew with ENCODING UTF8 and TEMPLATE template0, or name another'") } },
	{ ALL, { ROLES_INSIDE, ROLES_RUN, NULL, RAISE_IF(
		"to_regclass('public.bearward_schema') IS NULL AND EXISTS (SELECT FROM pg_class "
		"WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm'))",
		"'database {database} has tables of another program; name one for bearward alone "
		"in the settings: `bearward import` takes users over'") } },
	{ ALL, { ROLES_INSIDE, ROLES_GENERATE, "gave database {database} to {owner}",
		"SELECT 'ALTER DATABASE \"{database}\" OWNER TO \"{owner}\"' FROM pg_database "
		"WHERE datname = '{database}' AND datdba <> '\"{owner}\"'::regrole" } },
	{ ALL, { ROLES_INSIDE, ROLES_GENERATE, NULL,
		"SELECT 'ALTER SCHEMA public OWNER TO pg_database_owner' FROM pg_namespace WHERE "
		"nspname = 'public' AND nspowner <> 'pg_database_owner'::regrole" } },
	/* As where bearward has had one role until now, or a backup was brought back. */
	{ ALL, { ROLES_INSIDE, ROLES_GENERATE, "gave the tables to {owner}",
		"SELECT format('ALTER TABLE public.%I OWNER TO \"{owner}\"', relname) "
		"FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' "
		"AND relowner <> '\"{owner}\"'::regrole "
		"AND to_regclass('public.bearward_schema') IS NOT NULL" } },
	{ ALL, { ROLES_INSIDE, ROLES_RUN, NULL, "SET ROLE \"{owner}\"" } },
	{ ALL, { ROLES_INSIDE, ROLES_TABLES, NULL, NULL } },
	{ ALL, { ROLES_INSIDE, ROLES_RUN, NULL, RIGHTS_OF_WRITER } },
	{ WITH_READER, { ROLES_INSIDE, ROLES_RUN, NULL, RIGHTS_OF_READER } },
	{ WITH_READER, { ROLES_INSIDE, ROLES_GENERATE, NULL,
		"SELECT 'GRANT SELECT ON public.bearward_move TO \"{reader}\"' "
		"WHERE to_regclass('public.bearward_move') IS NOT NULL" } },
	{ ALL, { ROLES_INSIDE, ROLES_RUN, NULL, "RESET ROLE" } },

	/*
	 * Which standbys there are is for administrators alone, and whoever may see it may see the
	 * statements of all other databases, too. This shows the standbys and nothing else.
	 */
	{ ALL, { ROLES_INSIDE, ROLES_GENERATE, NULL,
		"SELECT unnest(ARRAY['CREATE FUNCTION public.bearward_standbys() RETURNS TABLE "
		"(name text, state text, sync_state text) LANGUAGE sql STABLE SECURITY DEFINER "
		"SET search_path = pg_catalog, pg_temp AS ''SELECT application_name, state, "
		"sync_state FROM pg_catalog.pg_stat_replication''', "
		"'REVOKE ALL ON FUNCTION public.bearward_standbys() FROM PUBLIC']) "
		"WHERE to_regprocedure('public.bearward_standbys()') IS NULL" } },
	{ ALL, { ROLES_INSIDE, ROLES_GENERATE, NULL,
		"SELECT 'GRANT EXECUTE ON FUNCTION public.bearward_standbys() TO \"{writer}\"' "
		"WHERE NOT has_function_privilege('{writer}', 'public.bearward_standbys()', "
		"'EXECUTE')" } },
	/* A server may have been told to answer before a change is safe. */
	{ ALL, { ROLES_INSIDE, ROLES_GENERATE,
		"set synchronous_commit = on for {writer} in {database}",
		"SELECT 'ALTER ROLE \"{writer}\" IN DATABASE \"{database}\" SET "
		"synchronous_commit = on' WHERE current_setting('synchronous_commit') "
		"NOT IN ('on', 'remote_apply') AND NOT EXISTS (SELECT FROM pg_db_role_setting, "
		"unnest(setconfig) WHERE setdatabase = (SELECT oid FROM pg_database "
		"WHERE datname = current_database()) AND setrole = '\"{writer}\"'::regrole "
		"AND unnest LIKE 'synchronous_commit=%')" } },
};

/* ---- Whom the settings name */

static enum err
refuse_name(FILE *report, const char *setting, const char *what, const char *name)
{
	if (*name == '\0')
		fprintf(report, "bearward: the setting %s names no %s; write it as in "
		    "postgresql://bearward@db.example.org/bearward\n", setting, what);
	else
		fprintf(report, "bearward: the setting %s names a %s that has more than 50 bytes, "
		    "or another character than A-Z a-z 0-9 _ . @ -; name another\n", setting,
		    what);
	return ERR_SETUP;
}

/* The owner's name is longer than that of the database. */
static bool
is_plain(const char *name)
{
	const size_t len = strlen(name);

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && strchr("_.@-", name[i]) == NULL)
			return false;
	return len > 0 && len <= 50;
}

/* Takes one name out of a connection string. */
static enum err
take_name(const char *conninfo, const char *keyword, const char *setting, const char *what,
    char name[ROLES_NAME_SIZE], FILE *report)
{
	char found[CONNINFO_VALUE_SIZE];

	if (!conninfo_find(conninfo, keyword, found)) {
		fprintf(report, "bearward: the setting %s is neither a URI nor keywords of "
		    "libpq\n", setting);
		return ERR_SETUP;
	}
	if (!is_plain(found))
		return refuse_name(report, setting, what, found);
	snprintf(name, ROLES_NAME_SIZE, "%.50s", found);
	return ERR_OK;
}

enum err
roles_find(const struct config *config, struct roles *roles, FILE *report)
{
	enum err err;

	*roles = (struct roles){0};
	if ((err = take_name(config->database, "dbname", "database", "database",
	    roles->database, report)) != ERR_OK)
		return err;
	if ((err = take_name(config->database, "user", "database", "user", roles->writer,
	    report)) != ERR_OK)
		return err;
	if (*config->database_reader != '\0' && (err = take_name(config->database_reader,
	    "user", "database_reader", "user", roles->reader, report)) != ERR_OK)
		return err;
	snprintf(roles->owner, sizeof(roles->owner), "%.50s_owner", roles->database);
	if (strcmp(roles->writer, roles->owner) != 0 && strcmp(roles->writer, roles->reader) != 0)
		return ERR_OK;
	fprintf(report, "bearward: the user of the setting database must be another than %s; name "
	    "another in the setting\n", strcmp(roles->writer, roles->owner) == 0
	    ? "the owner of its tables" : "the one of database_reader");
	return ERR_SETUP;
}

/* ---- The steps */

static bool
is_for(enum whom whom, const struct roles *roles)
{
	switch (whom) {
	case ALL:
		return true;
	case WITH_READER:
		return *roles->reader != '\0';
	case WITH_WRITER_PASSWORD:
		return roles->sets_writer_password;
	case WITH_READER_PASSWORD:
		return roles->sets_reader_password;
	case WITH_LIMIT:
		return roles->connections > 0;
	case WITHOUT_LIMIT:
		return roles->connections == 0;
	}
	return false;
}

/* Within a text of SQL, so quotes are doubled. */
static const char *
with_password(const char *verifier, char out[ROLES_VERIFIER_SIZE + 16])
{
	*out = '\0';
	if (*verifier != '\0')
		snprintf(out, ROLES_VERIFIER_SIZE + 16, " PASSWORD ''%s''", verifier);
	return out;
}

enum err
roles_visit(const struct roles *roles,
    enum err (*visit)(const struct roles_step *step, void *arg), void *arg)
{
	char limit[24], of_writer[ROLES_VERIFIER_SIZE + 16], of_reader[ROLES_VERIFIER_SIZE + 16];
	const struct fill_name names[] = {
		{ "{database}", roles->database }, { "{owner}", roles->owner },
		{ "{writer}", roles->writer }, { "{reader}", roles->reader },
		{ "{writer_verifier}", roles->writer_verifier },
		{ "{reader_verifier}", roles->reader_verifier }, { "{limit}", limit },
		{ "{with_writer_password}", with_password(roles->writer_verifier, of_writer) },
		{ "{with_reader_password}", with_password(roles->reader_verifier, of_reader) },
		{ NULL, NULL },
	};
	char text[FILL_SIZE], said[FILL_SIZE];
	enum err err = ERR_OK;

	snprintf(limit, sizeof(limit), "%" PRId64, roles->connections);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && err == ERR_OK; i++) {
		struct roles_step step = steps[i].step;

		if (!is_for(steps[i].whom, roles))
			continue;
		if (step.text != NULL)
			step.text = fill_in(step.text, names, text);
		if (step.said != NULL)
			step.said = fill_in(step.said, names, said);
		err = visit(&step, arg);
	}
	return err;
}
