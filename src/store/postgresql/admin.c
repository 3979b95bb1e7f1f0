/* admin: makes the database ready as an administrator of the server, or prints how. */
#include "store/postgresql/admin_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "store/migrate.h"
#include "store/postgresql/conninfo.h"
#include "store/postgresql/prepare.h"
#include "store/postgresql/question.h"
#include "store/postgresql/schema.h"

enum { PATIENCE = 30 * 1000 };	/* milliseconds: CREATE DATABASE copies files */

/* ---- asking */

static void
allow_time(struct connection *c)
{
	c->deadline = clock_ms() + PATIENCE;
}

/* Runs statements of which rows are not wanted. */
static enum err
execute(struct connection *c, const char *text)
{
	allow_time(c);
	/* What went wrong has been said. */
	return connection_execute(c, text) == VERDICT_FINE ? ERR_OK : ERR_SETUP;
}

/* Runs one statement that returns texts in one column. *result is owned. */
static enum err
ask(struct connection *c, const char *text, PGresult **result)
{
	const enum verdict verdict = question_ask(c, text, PATIENCE, result);

	if (verdict == VERDICT_FINE)
		return ERR_OK;
	(void)connection_tell(c->server, verdict, text, question_reason(c, *result));
	PQclear(*result);
	*result = NULL;
	return ERR_SETUP;
}

enum err
admin_ask_whether(struct connection *c, const char *text, bool *is_so)
{
	PGresult *result = NULL;	/* owned */
	enum err err = ask(c, text, &result);

	*is_so = err == ERR_OK && PQntuples(result) > 0;
	PQclear(result);
	return err;
}

/* ---- connecting */

/* What the administrator's own connection has in common with that of the settings. */
static const char *const common[] = {
	"host", "hostaddr", "port", "sslmode", "sslrootcert", "sslcrl", "sslcrldir",
	"channel_binding", "ssl_min_protocol_version", NULL
};
enum { OF_PLACE = 3 };	/* of them, where nothing else is named */

/* Returns whom to connect as, and where: owned. */
static char *
make_conninfo(const struct admin_work *work, const char *database)
{
	const char *typed = work->admin->database;
	char host[CONNINFO_VALUE_SIZE], address[CONNINFO_VALUE_SIZE];
	char name[ROLES_NAME_SIZE + 16];
	char *merged, *named;		/* owned */

	if (!conninfo_find(typed, "host", host) || !conninfo_find(typed, "hostaddr", address))
		return NULL;
	merged = conninfo_merge(typed, work->config->database,
	    *host == '\0' && *address == '\0' ? common : common + OF_PLACE);
	snprintf(name, sizeof(name), "dbname='%s'", database);
	named = merged != NULL ? conninfo_merge(name, merged, NULL) : NULL;
	free(merged);
	return named;
}

/* Tries to connect; *wants_password: that was what it takes. */
static enum err
try_to_connect(struct admin_work *work, const char *conninfo, FILE *report, bool *wants_password)
{
	enum err err = server_new_for(work->config, conninfo, work->password, report,
	    &work->server);

	*wants_password = false;
	if (err != ERR_OK)
		return err;
	atomic_store(&work->server->has_no_names, true);
	if (connection_open_any(work->server, clock_ms() + work->server->wait,
	    &work->connection) == VERDICT_FINE) {
		work->server->report = work->admin->report;
		return ERR_OK;
	}
	*wants_password = work->server->wants_password;
	server_free(work->server);
	work->server = NULL;
	return ERR_SETUP;
}

static void
hang_up(struct admin_work *work)
{
	connection_close(work->connection);
	server_free(work->server);
	work->connection = NULL;
	work->server = NULL;
}

/* Connects to a database; asks for a password where the server does, and nothing else helps. */
static enum err
connect_to(struct admin_work *work, const char *database)
{
	const struct db_admin *admin = work->admin;
	char *conninfo = make_conninfo(work, database), *complaints = NULL;	/* owned */
	bool wants_password = false;
	FILE *report = NULL;		/* owned */
	size_t len;
	enum err err = ERR_MEMORY;

	if (conninfo == NULL)
		fputs("bearward: out of memory, or there is a quote in a name of a database\n",
		    admin->report);
	if (conninfo == NULL || (report = open_memstream(&complaints, &len)) == NULL)
		goto out;
	err = try_to_connect(work, conninfo, report, &wants_password);
	(void)fflush(report);
	if (err != ERR_OK && wants_password && admin->ask != NULL &&
	    admin->ask(admin->arg, &work->password))
		err = try_to_connect(work, conninfo, admin->report, &wants_password);
	else if (err != ERR_OK)
		(void)fputs(complaints, admin->report);
out:
	if (report != NULL)
		(void)fclose(report);
	free(complaints);
	free(conninfo);
	return err;
}

/* ---- running */

/* Runs each statement that another one returns. */
static enum err
generate(struct admin_work *work, const char *text, bool *has_any)
{
	PGresult *result = NULL;	/* owned */
	enum err err = ask(work->connection, text, &result);

	*has_any = err == ERR_OK && PQntuples(result) > 0;
	for (int i = 0; *has_any && err == ERR_OK && i < PQntuples(result); i++)
		err = execute(work->connection, PQgetvalue(result, i, 0));
	PQclear(result);
	return err;
}

static enum err
make_tables(struct admin_work *work)
{
	struct connection *c = work->connection;
	bool is_there = true;
	enum err err = admin_ask_whether(c,
	    "SELECT 1::text WHERE to_regclass('public.bearward_schema') IS NOT NULL", &is_there);

	if (err == ERR_OK && !is_there && work->admin->refusal != NULL) {
		fprintf(work->admin->report, "bearward: %s\n", work->admin->refusal);
		return ERR_SETUP;
	}
	allow_time(c);
	if (err == ERR_OK)
		err = prepare_tables(c);
	if (err == ERR_OK && !is_there) {
		fprintf(work->admin->said, "made the tables\n");
		work->has_changed = true;
	}
	return err;
}

static enum err
run_step(const struct roles_step *step, void *arg)
{
	struct admin_work *work = arg;
	bool has_done = step->way == ROLES_RUN;
	enum err err = ERR_OK;

	if (step->place == ROLES_INSIDE && !work->is_inside) {
		hang_up(work);
		work->is_inside = true;
		err = connect_to(work, work->roles.database);
	}
	if (err != ERR_OK)
		return err;
	switch (step->way) {
	case ROLES_RUN:
		err = execute(work->connection, step->text);
		break;
	case ROLES_GENERATE:
		err = generate(work, step->text, &has_done);
		break;
	case ROLES_TABLES:
		err = make_tables(work);
		break;
	}
	if (err == ERR_OK && has_done && step->said != NULL) {
		fprintf(work->admin->said, "%s\n", step->said);
		work->has_changed = true;
	}
	return err;
}

/* Whoever can list processes sees what is typed. */
static enum err
refuse_password(const struct db_admin *admin)
{
	char password[CONNINFO_VALUE_SIZE] = "";	/* secret */
	enum err err = ERR_OK;

	if (!conninfo_find(admin->database, "password", password)) {
		fprintf(admin->report, "bearward: --database-admin needs a URI or keywords of "
		    "libpq, such as postgresql://postgres@db.example.org or user=postgres\n");
		err = ERR_SETUP;
	} else if (*password != '\0') {
		fprintf(admin->report, "bearward: --database-admin must not have a password in "
		    "it, which others on this host could see; leave it out, and type it when "
		    "asked, or put it into PGPASSWORD or ~/.pgpass\n");
		err = ERR_SETUP;
	}
	secret_wipe(password, sizeof(password));
	return err;
}

/* The database in which there is always one. */
static enum err
connect_outside(struct admin_work *work)
{
	char database[CONNINFO_VALUE_SIZE];

	if (!conninfo_find(work->admin->database, "dbname", database) || *database == '\0')
		snprintf(database, sizeof(database), "postgres");
	return connect_to(work, database);
}

enum err
admin_prepare(const struct config *config, const struct db_admin *admin)
{
	struct admin_work work = { .config = config, .admin = admin };
	enum err err;

	if ((err = refuse_password(admin)) != ERR_OK)
		return err;
	if ((err = roles_find(config, &work.roles, admin->report)) != ERR_OK)
		return err;
	work.roles.connections = admin->connections;
	if ((err = connect_outside(&work)) == ERR_OK)
		err = admin_settle_passwords(&work, work.connection->pg);
	if (err == ERR_OK)
		err = roles_visit(&work.roles, run_step, &work);
	if (err == ERR_OK && !work.has_changed)
		fprintf(admin->said, "database %s, its roles and tables are as they should be\n",
		    work.roles.database);
	hang_up(&work);
	secret_free(work.password);
	secret_wipe(&work.roles, sizeof(work.roles));
	return err;
}

/* ---- printing */

/* The tables, or a step of them, are one transaction. psql stops at the first mistake. */
static void
print_condition(FILE *out, const char *condition)
{
	fprintf(out, "SELECT %s AS is_due \\gset\n\\if :is_due\nBEGIN;\n", condition);
}

static void
print_step_of_tables(FILE *out, const struct migration *step)
{
	char condition[64];

	snprintf(condition, sizeof(condition), "(SELECT version FROM bearward_schema) < %d",
	    step->version);
	print_condition(out, condition);
	fprintf(out, "%s;\nUPDATE bearward_schema SET version = %d, readable_since = %d;\n"
	    "COMMIT;\n\\endif\n", step->sql.postgresql != NULL ? step->sql.postgresql :
	    step->sql.text, step->version, step->readable_since);
}

static void
print_tables(FILE *out)
{
	const struct migration *step;

	print_condition(out, "to_regclass('public.bearward_schema') IS NULL");
	for (const char *const *sql = schema_postgresql_script; *sql != NULL; sql++)
		fprintf(out, "%s;\n", *sql);
	fputs("COMMIT;\n\\endif\n", out);
	for (int version = SCHEMA_FIRST; (step = migrate_step(version + 1)) != NULL; version++)
		print_step_of_tables(out, step);
}

static enum err
print_step(const struct roles_step *step, void *arg)
{
	struct admin_work *work = arg;
	FILE *out = work->out;

	if (step->place == ROLES_INSIDE && !work->is_inside) {
		fprintf(out, "\n\\connect \"%s\"\n", work->roles.database);
		work->is_inside = true;
	}
	switch (step->way) {
	case ROLES_RUN:
		fprintf(out, "%s;\n", step->text);
		break;
	case ROLES_GENERATE:
		fprintf(out, "%s \\gexec\n", step->text);
		break;
	case ROLES_TABLES:
		print_tables(out);
		break;
	}
	return ferror(out) ? ERR_STORAGE : ERR_OK;
}

static const char heading[] =
	"-- What bearward " VERSION " needs of a PostgreSQL. Run it as an administrator, as in\n"
	"-- psql -d postgres -f FILE. It may be run again. Passwords are in it as SCRAM\n"
	"-- verifiers, with which nobody can sign in; keep them to yourself all the same.\n"
	"\\set ON_ERROR_STOP on\n\n";

enum err
admin_print(const struct config *config, const struct db_admin *admin, FILE *out)
{
	struct admin_work work = { .config = config, .admin = admin, .out = out };
	/* To encrypt a password takes a connection, but it need lead nowhere. */
	PGconn *nowhere = PQconnectStart("host=/");	/* owned */
	enum err err = nowhere != NULL ? ERR_OK : ERR_MEMORY;

	if (err == ERR_OK)
		err = roles_find(config, &work.roles, admin->report);
	work.roles.connections = admin->connections;
	if (err == ERR_OK)
		err = admin_settle_passwords(&work, nowhere);
	if (err == ERR_OK) {
		fputs(heading, out);
		err = roles_visit(&work.roles, print_step, &work);
	}
	PQfinish(nowhere);
	secret_wipe(&work.roles, sizeof(work.roles));
	return err;
}
