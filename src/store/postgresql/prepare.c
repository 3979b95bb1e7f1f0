/* prepare: makes a PostgreSQL database one of ours, where there is something to be made. */
#include "store/postgresql/prepare.h"

#include <stdlib.h>

#include "base/clock.h"
#include "store/postgresql/connection.h"
#include "store/postgresql/schema.h"
#include "store/postgresql/server.h"
#include "store/postgresql/statement.h"

static const struct db_sql find = {
	.text = "SELECT count(*) FROM pg_class WHERE oid = to_regclass('bearward_schema')",
};

static enum err
open_any(const struct config *config, FILE *report, struct server **server,
    struct connection **c)
{
	enum err err = server_new(config, DB_WRITE, report, server);

	*c = NULL;
	if (err != ERR_OK)
		return err;
	return connection_open_any(*server, clock_ms() + (*server)->wait, c) == VERDICT_FINE
	    ? ERR_OK : ERR_SETUP;
}

static enum err
look(struct connection *c, int64_t *is_there)
{
	struct exchange step = { .sql = &find };
	const enum verdict verdict = connection_exchange(c, &step, 1);
	enum err err = connection_tell(c->server, verdict, "look for tables",
	    connection_reason(c, &step, 1));

	if (err == ERR_OK)
		err = statement_take(&find, step.result, db_take_int, is_there, NULL);
	PQclear(step.result);
	return err;
}

enum err
prepare_find(const struct config *config, FILE *report, bool *is_there)
{
	struct server *server = NULL;		/* owned */
	struct connection *c = NULL;		/* owned */
	int64_t count = 0;
	enum err err = open_any(config, report, &server, &c);

	if (err == ERR_OK)
		err = look(c, &count);
	*is_there = count > 0;
	connection_close(c);
	server_free(server);
	return err == ERR_OK ? ERR_OK : ERR_SETUP;
}

static enum verdict
make(struct connection *c)
{
	enum verdict verdict = connection_execute(c, "BEGIN; SELECT pg_advisory_xact_lock(7311)");
	int64_t is_there = 0;

	if (verdict == VERDICT_FINE && look(c, &is_there) != ERR_OK)
		verdict = VERDICT_FAILED;
	for (const char *const *s = schema_postgresql_script; !is_there && *s != NULL &&
	    verdict == VERDICT_FINE; s++)
		verdict = connection_execute(c, *s);
	return verdict == VERDICT_FINE ? connection_execute(c, "COMMIT") : verdict;
}

enum err
prepare_database(const struct config *config, FILE *report)
{
	struct server *server = NULL;		/* owned */
	struct connection *c = NULL;		/* owned */
	enum err err = open_any(config, report, &server, &c);

	if (err == ERR_OK)
		err = make(c) == VERDICT_FINE ? ERR_OK : ERR_SETUP;
	connection_close(c);
	server_free(server);
	return err == ERR_OK ? ERR_OK : ERR_SETUP;
}
