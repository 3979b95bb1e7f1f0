/*
 * db_prepare: makes the database ready. It is a file of its own because it knows how foreign users
 * are taken over, down to their passwords: no responder needs to have that linked in.
 */
#include "store/db.h"
#include "store/sqlite/prepare.h"

enum err
db_find(const struct config *config, const struct user_columns_named *named, FILE *report,
    bool *is_there)
{
	return prepare_find(config, named, report, is_there);
}

enum err
db_prepare(const struct config *config, const struct user_columns_named *named, FILE *report)
{
	return prepare_database(config, named, report);
}
