/*
 * db_prepare: makes the database ready. It is a file of its own because it knows how foreign users
 * are taken over, down to their passwords: no responder needs to have that linked in.
 */
#include "store/db.h"

#include "store/engine_load.h"
#include "store/sqlite/prepare.h"

/* Finds the engine that is loaded; NULL, said in the report: it cannot be. */
static const struct engine *
find_engine(const struct config *config, FILE *report)
{
	const char *fault;
	const struct engine *engine = engine_load(config, &fault);

	if (engine == NULL)
		fprintf(report, "%s\n", fault);
	return engine;
}

enum err
db_find(const struct config *config, const struct user_columns_named *named, FILE *report,
    bool *is_there)
{
	const struct engine *engine = find_engine(config, report);

	*is_there = false;
	if (engine == NULL)
		return ERR_SETUP;
	if (engine->is_sqlite)
		return prepare_find(config, named, report, is_there);
	return engine->find(config, report, is_there);
}

enum err
db_prepare(const struct config *config, const struct user_columns_named *named, FILE *report)
{
	const struct engine *engine = find_engine(config, report);

	if (engine == NULL)
		return ERR_SETUP;
	return engine->is_sqlite ? prepare_database(config, named, report)
	    : engine->prepare(config, report);
}

enum err
db_prepare_as(const struct config *config, const struct db_admin *admin)
{
	const struct engine *engine = find_engine(config, admin->report);

	if (engine == NULL)
		return ERR_SETUP;
	if (!engine->is_sqlite)
		return engine->prepare_as(config, admin);
	fputs("bearward: --database-admin is for PostgreSQL, and the setting database names "
	    "none\n", admin->report);
	return ERR_SETUP;
}

enum err
db_print_roles(const struct config *config, const struct db_admin *admin, FILE *out)
{
	const struct engine *engine = find_engine(config, admin->report);

	if (engine == NULL)
		return ERR_SETUP;
	if (!engine->is_sqlite)
		return engine->print_roles(config, admin, out);
	fputs("bearward: --database-admin-sql is for PostgreSQL, and the setting database names "
	    "none\n", admin->report);
	return ERR_SETUP;
}

void
db_examine(const struct config *config, finding_note *note, void *arg)
{
	const char *fault;
	const struct engine *engine = engine_load(config, &fault);

	if (engine == NULL)
		note(&(struct finding){ FINDING_FAULT, "database", fault,
		    "install what is missing, or take the setting database out" }, arg);
	else if (engine->is_sqlite)
		note(&(struct finding){ FINDING_FINE, "database",
		    "SQLite, a file in the state directory", NULL }, arg);
	else
		engine->examine(config, note, arg);
}
