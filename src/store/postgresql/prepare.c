/* prepare: makes our tables in a database, or brings them up to date. */
#include "store/postgresql/prepare.h"

#include "base/clock.h"
#include "store/migrate.h"
#include "store/postgresql/schema.h"

enum { PATIENCE = 600000 };	/* milliseconds: a step may go through all rows */

/* The number is "bearward" in ASCII; it names the lock. */
static const char begin[] = "BEGIN; SELECT pg_advisory_xact_lock(7090180332621754980)";

static const struct db_sql record = {
	.text = "UPDATE bearward_schema SET version = $1, readable_since = $2",
};

static enum verdict
make_all(struct connection *c)
{
	enum verdict verdict = VERDICT_FINE;

	for (size_t i = 0; schema_postgresql_script[i] != NULL && verdict == VERDICT_FINE; i++)
		verdict = connection_execute(c, schema_postgresql_script[i]);
	return verdict;
}

static enum verdict
take_step(struct connection *c, const struct migration *step)
{
	const char *script = step->sql.postgresql;
	struct exchange exchange = { .sql = &record, .values = DB_VALUES(db_int(step->version),
	    db_int(step->readable_since)) };
	enum verdict verdict = connection_execute(c, script != NULL ? script : step->sql.text);

	if (verdict != VERDICT_FINE)
		return verdict;
	if ((verdict = connection_exchange(c, &exchange, 1)) != VERDICT_FINE)
		(void)connection_tell(c->server, verdict, record.text,
		    connection_reason(c, &exchange, 1));
	PQclear(exchange.result);
	return verdict;
}

/* Takes all steps that are left; those that led to the first version here are none. */
static enum verdict
take_steps(struct connection *c, int64_t version)
{
	enum verdict verdict = VERDICT_FINE;
	const struct migration *step;

	while (verdict == VERDICT_FINE && (step = migrate_step(++version)) != NULL)
		verdict = take_step(c, step);
	return verdict;
}

/* Does what is to be done, in the transaction that is open. */
static enum err
make_ready(struct connection *c)
{
	char text[MOVE_REASON_SIZE];
	const char *obstacle;
	struct schema schema;
	enum verdict verdict = schema_look(c, &schema);

	if (verdict != VERDICT_FINE)
		return ERR_SETUP;
	if ((obstacle = schema_obstacle(&schema, text, sizeof(text))) != NULL)
		return server_refuse(c->server, obstacle);
	if (schema.kind == SCHEMA_EMPTY) {
		verdict = make_all(c);
		schema.version = SCHEMA_FIRST;
	}
	if (verdict == VERDICT_FINE && schema.kind != SCHEMA_FITS)
		verdict = take_steps(c, schema.version);
	return verdict == VERDICT_FINE ? ERR_OK : ERR_SETUP;
}

/* Commits; what a standby may not have yet is no success. */
static enum err
commit(struct connection *c)
{
	enum verdict verdict;

	c->has_warned = false;
	verdict = connection_execute(c, "COMMIT");
	if (verdict == VERDICT_FINE && !c->has_warned)
		return ERR_OK;
	if (verdict != VERDICT_FAILED)
		return server_refuse(c->server, "it is not known whether its tables were made; a "
		    "synchronous standby may be missing. Run this once more");
	return ERR_SETUP;
}

enum err
prepare_tables(struct connection *c)
{
	enum err err;

	c->deadline = clock_ms() + PATIENCE;
	if (connection_execute(c, begin) != VERDICT_FINE)
		return ERR_SETUP;
	if ((err = make_ready(c)) == ERR_OK)
		return commit(c);
	if (!c->is_broken)
		(void)connection_execute(c, "ROLLBACK");
	return err;
}

/* Connects with what the settings say. */
static enum err
connect_as_set(const struct config *config, FILE *report, struct server **server,
    struct connection **connection)
{
	enum err err;

	*connection = NULL;
	if ((err = server_new(config, DB_WRITE, report, server)) != ERR_OK)
		return ERR_SETUP;
	/* Each statement is run once; and behind a pgbouncer, its name may be another's. */
	atomic_store(&(*server)->has_no_names, true);
	if (connection_open_any(*server, clock_ms() + (*server)->wait, connection) ==
	    VERDICT_FINE)
		return ERR_OK;
	server_free(*server);
	*server = NULL;
	return ERR_SETUP;
}

enum err
prepare_find(const struct config *config, FILE *report, bool *is_there)
{
	struct server *server = NULL;		/* owned */
	struct connection *connection = NULL;	/* owned */
	struct schema schema;
	enum err err = connect_as_set(config, report, &server, &connection);

	*is_there = false;
	if (err == ERR_OK && schema_look(connection, &schema) != VERDICT_FINE)
		err = ERR_SETUP;
	if (err == ERR_OK)
		*is_there = schema.kind != SCHEMA_EMPTY;
	connection_close(connection);
	server_free(server);
	return err;
}

enum err
prepare_database(const struct config *config, FILE *report)
{
	struct server *server = NULL;		/* owned */
	struct connection *connection = NULL;	/* owned */
	enum err err = connect_as_set(config, report, &server, &connection);

	if (err == ERR_OK)
		err = prepare_tables(connection);
	connection_close(connection);
	server_free(server);
	return err;
}
