/* move_rows: rows of a table, read in bites, in one canonical form. */
#include "store/move_rows.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/engine.h"

enum {
	BITE_ROWS = 500,
	BITE_SIZE = 1 << 20,	/* bytes; a row that is begun below it is still taken */
	SCALAR_SIZE = 1 + 8,	/* of an integer, or of what stands before data */
};

/* What a value is, in its first byte. */
enum { IS_NULL, IS_NUMBER, IS_DATA };

static enum err
make_room(struct move_rows *rows, size_t wanted)
{
	size_t size = rows->size > 0 ? rows->size : 1 << 16;
	unsigned char *data;

	while (size < rows->len + wanted)
		size *= 2;
	if (size == rows->size)
		return ERR_OK;
	if ((data = realloc(rows->data, size)) == NULL)
		return ERR_MEMORY;
	rows->data = data;
	rows->size = size;
	return ERR_OK;
}

/* Adds what kind of value it is, and an integer; there is room. */
static void
add_scalar(struct move_rows *rows, unsigned char kind, uint64_t number)
{
	const uint64_t big_endian = htobe64(number);

	rows->data[rows->len] = kind;
	memcpy(rows->data + rows->len + 1, &big_endian, sizeof(big_endian));
	rows->len += SCALAR_SIZE;
}

/* Refuses a value, in whose place there is none. */
static enum err
add_fault(struct move_rows *rows, const char *fault, const char **reason)
{
	*reason = fault;
	add_scalar(rows, IS_NULL, 0);
	return ERR_OK;
}

/* Adds a text or bytes; there is room for what stands before. */
static enum err
add_data(struct move_rows *rows, const struct db_row *row, int column, enum move_kind kind,
    const char **reason)
{
	const void *data;	/* borrowed */
	size_t len;
	enum err err;

	if (kind == MOVE_TEXT && !row->engine->is_text(row, column))
		return add_fault(rows, "is no text", reason);
	if ((data = row->engine->data(row, column, &len)) == NULL)
		return ERR_MEMORY;
	if (kind == MOVE_TEXT && !text_is_utf8(data, len))
		return add_fault(rows, "is not UTF-8, or contains a NUL", reason);
	if ((err = make_room(rows, SCALAR_SIZE + len)) != ERR_OK)
		return err;
	add_scalar(rows, IS_DATA, len);
	memcpy(rows->data + rows->len, data, len);
	rows->len += len;
	return ERR_OK;
}

/* Returns a use of a session that its row does not tell of yet. */
static int64_t
find_use(const struct move_reader *reader, const struct db_row *row, const char *column,
    int64_t number)
{
	int64_t used_at;

	if (reader->seen == NULL || strcmp(column, "seen_at") != 0)
		return number;
	used_at = seen_at(reader->seen, db_row_int(row, 0));
	/* A use in the future was noted by a clock that was wrong. */
	return used_at > number && used_at <= reader->now ? used_at : number;
}

static enum err
add_value(struct move_reader *reader, const struct db_row *row, int column, const char **reason)
{
	const struct move_column *what = &reader->statements->table->columns[column];
	struct move_rows *rows = &reader->rows;
	int64_t number;
	enum err err;

	if ((err = make_room(rows, SCALAR_SIZE)) != ERR_OK)
		return err;
	if (db_row_is_null(row, column)) {
		add_scalar(rows, IS_NULL, 0);
		return ERR_OK;
	}
	if (what->kind == MOVE_TEXT || what->kind == MOVE_BYTES)
		return add_data(rows, row, column, what->kind, reason);
	number = find_use(reader, row, what->name, db_row_int(row, column));
	if (what->kind == MOVE_BOOL && number != 0 && number != 1)
		return add_fault(rows, "is neither 0 nor 1", reason);
	add_scalar(rows, IS_NUMBER, (uint64_t)number);
	return ERR_OK;
}

/* Rows beyond the size of a bite come again with the next one. */
static enum err
take_row(const struct db_row *row, void *arg)
{
	struct move_reader *reader = arg;
	const struct move_table *table = reader->statements->table;
	struct move_rows *rows = &reader->rows;
	const size_t begin = rows->len;
	enum err err = ERR_OK;

	if (begin >= BITE_SIZE)
		return ERR_OK;
	for (int i = 0; table->columns[i].name != NULL && err == ERR_OK; i++) {
		const char *reason = NULL;

		err = add_value(reader, row, i, &reason);
		if (reason == NULL)
			continue;
		reader->faults++;
		reader->tell(&(struct move_fault){ table, table->columns[i].name,
		    table->columns[0].kind == MOVE_NUMBER ? db_row_int(row, 0) : 0, reason },
		    reader->arg);
	}
	rows->last = begin;
	rows->count++;
	return err;
}

/* Takes the values of the last key. */
static void
take_key(const struct move_rows *rows, const struct move_table *table,
    struct db_value values[MOVE_KEYS_MAX])
{
	size_t at = rows->last;

	for (int i = 0; i < table->keys; i++)
		values[i] = move_rows_value(rows, &at, table->columns[i].kind);
}

static enum err
run(struct move_reader *reader, const struct db_sql *sql, const struct db_value *values)
{
	if (reader->connection != NULL)
		return db_run(reader->connection, sql, values, take_row, reader, NULL);
	return db_read(reader->db, sql, values, take_row, reader);
}

enum err
move_rows_read(struct move_reader *reader)
{
	const struct move_statements *statements = reader->statements;
	const struct move_rows before = reader->rows;
	struct db_value values[MOVE_KEYS_MAX + 2] = {{0}};
	int keys = 0;
	enum err err;

	reader->rows = reader->before;
	reader->before = before;
	reader->rows.len = 0;
	reader->rows.count = 0;
	if (reader->is_begun) {
		take_key(&reader->before, statements->table, values);
		keys = statements->table->keys;
	}
	values[keys] = db_int(BITE_ROWS);
	values[keys + 1].type = DB_END;
	err = run(reader, reader->is_begun ? &statements->next : &statements->first, values);
	reader->is_begun = true;
	if (err == ERR_OK && reader->digest != NULL &&
	    EVP_DigestUpdate(reader->digest, reader->rows.data, reader->rows.len) != 1)
		err = ERR_MEMORY;
	return err;
}

void
move_rows_clear(struct move_reader *reader)
{
	free(reader->rows.data);
	free(reader->before.data);
	reader->rows = reader->before = (struct move_rows){0};
}

struct db_value
move_rows_value(const struct move_rows *rows, size_t *at, enum move_kind kind)
{
	static const enum db_type types[] = {
		[MOVE_NUMBER] = DB_INT, [MOVE_BOOL] = DB_INT, [MOVE_TEXT] = DB_TEXT,
		[MOVE_BYTES] = DB_BYTES,
	};
	const unsigned char *data = rows->data + *at;
	struct db_value value = { .type = types[kind], .is_null = *data == IS_NULL };
	uint64_t number;

	memcpy(&number, data + 1, sizeof(number));
	*at += SCALAR_SIZE;
	if (*data == IS_NUMBER)
		value.number = (int64_t)be64toh(number);
	if (*data != IS_DATA)
		return value;
	value.data = data + SCALAR_SIZE;
	value.len = (size_t)be64toh(number);
	*at += value.len;
	return value;
}
