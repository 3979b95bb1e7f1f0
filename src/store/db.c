/* db: a transactional SQL database, one handle for a whole process. */
#include "store/db.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "store/engine.h"
#include "store/engine_load.h"

struct db_value
db_int(int64_t number)
{
	return (struct db_value){ .type = DB_INT, .number = number };
}

struct db_value
db_no_int(void)
{
	return (struct db_value){ .type = DB_INT, .is_null = true };
}

struct db_value
db_text(const char *text)
{
	if (text == NULL)
		return (struct db_value){ .type = DB_TEXT, .is_null = true };
	return (struct db_value){ .type = DB_TEXT, .data = text, .len = strlen(text) };
}

struct db_value
db_bytes(const void *data, size_t len)
{
	if (data == NULL)
		return (struct db_value){ .type = DB_BYTES, .is_null = true };
	return (struct db_value){ .type = DB_BYTES, .data = data, .len = len };
}

bool
db_row_is_null(const struct db_row *row, int column)
{
	return row->engine->is_null(row, column);
}

int64_t
db_row_int(const struct db_row *row, int column)
{
	return row->engine->number(row, column);
}

int64_t
db_row_near_int(const struct db_row *row, int column)
{
	const int64_t far = INT64_C(1) << 53, number = db_row_int(row, column);

	if (number > far)
		return far;
	return number < -far ? -far : number;
}

enum err
db_take_int(const struct db_row *row, void *number)
{
	*(int64_t *)number = db_row_int(row, 0);
	return ERR_OK;
}

/* Complains of a value that no statement of ours can have written. */
static enum err
refuse_value(const struct db_row *row, int column, const char *reason)
{
	log_event(LEVEL_ERROR, "storage failed", LOG_TEXT("attempt", row->sql->text),
	    LOG_NUMBER("column", column), LOG_TEXT("reason", reason));
	return ERR_STORAGE;
}

enum err
db_row_text(const struct db_row *row, int column, char **text)
{
	const char *data;	/* borrowed */
	size_t len;

	*text = NULL;
	if (db_row_is_null(row, column))
		return refuse_value(row, column, "it is NULL");
	if ((data = row->engine->data(row, column, &len)) == NULL)
		return ERR_MEMORY;
	/* Another program's database may hold anything. */
	if (!text_is_utf8(data, len))
		return refuse_value(row, column, "the text is not UTF-8, or contains a NUL");
	*text = strndup(data, len);
	return *text != NULL ? ERR_OK : ERR_MEMORY;
}

enum err
db_row_text_or_null(const struct db_row *row, int column, char **text)
{
	const char *data;	/* borrowed */
	size_t len;

	*text = NULL;
	if (!row->engine->is_text(row, column))
		return ERR_OK;
	if ((data = row->engine->data(row, column, &len)) == NULL)
		return ERR_MEMORY;
	if (!text_is_utf8(data, len))
		return ERR_OK;
	*text = strndup(data, len);
	return *text != NULL ? ERR_OK : ERR_MEMORY;
}

enum err
db_row_bytes(const struct db_row *row, int column, void *bytes, size_t size, size_t *len)
{
	const void *data;	/* borrowed */
	size_t data_len;

	*len = 0;
	if (db_row_is_null(row, column))
		return ERR_OK;
	if ((data = row->engine->data(row, column, &data_len)) == NULL)
		return ERR_MEMORY;
	if (data_len > size)
		return refuse_value(row, column, "there are too many bytes");
	memcpy(bytes, data, data_len);
	*len = data_len;
	return ERR_OK;
}

bool
db_is_there(const struct config *config)
{
	const char *fault;
	const struct engine *engine = engine_load(config, &fault);

	return engine == NULL || engine->is_there(config);
}

enum err
db_open(const struct config *config, enum db_mode mode, struct db **db)
{
	const char *fault;
	const struct engine *engine = engine_load(config, &fault);

	if (engine != NULL)
		return engine->open(config, mode, db);
	*db = NULL;
	log_event(LEVEL_ERROR, "cannot use the database", LOG_TEXT("reason", fault));
	return ERR_SETUP;
}

void
db_allow(const struct config *config, enum db_mode mode, struct sandbox_plan *plan)
{
	const char *fault;
	const struct engine *engine = engine_load(config, &fault);

	if (engine != NULL)
		engine->allow(config, mode, plan);
}

void
db_close(struct db *db)
{
	if (db != NULL)
		db->engine->close(db);
}

bool
db_is_sqlite(const struct db *db)
{
	return db->engine->is_sqlite;
}

enum err
db_read(struct db *db, const struct db_sql *sql, const struct db_value *values, db_take *take,
    void *arg)
{
	return db->engine->read(db, sql, values, take, arg);
}

enum err
db_transact(struct db *db, db_work *work, void *arg)
{
	return db->engine->transact(db, work, arg);
}

enum err
db_run(struct db_connection *connection, const struct db_sql *sql, const struct db_value *values,
    db_take *take, void *arg, int64_t *rows)
{
	return connection->engine->run(connection, sql, values, take, arg, rows);
}

/* A transaction of one statement. */
struct change {
	const struct db_sql *sql;
	const struct db_value *values;
	db_take *take;
	void *arg;
	int64_t *rows;
};

static enum err
run_change(struct db_connection *connection, void *arg)
{
	const struct change *change = arg;

	return db_run(connection, change->sql, change->values, change->take, change->arg,
	    change->rows);
}

enum err
db_change(struct db *db, const struct db_sql *sql, const struct db_value *values, db_take *take,
    void *arg, int64_t *rows)
{
	struct change change = { sql, values, take, arg, rows };

	if (take == NULL && db->engine->change != NULL)
		return db->engine->change(db, sql, values, NULL, NULL, rows);
	return db_transact(db, run_change, &change);
}

enum err
db_change_soon(struct db *db, const struct db_sql *sql, const struct db_value *values,
    db_take *take, void *arg, int64_t *rows)
{
	return db->engine->change != NULL ? db->engine->change(db, sql, values, take, arg, rows)
	    : db_change(db, sql, values, take, arg, rows);
}
