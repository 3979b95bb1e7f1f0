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
