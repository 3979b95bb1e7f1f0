/* move_write: writes rows as move_rows has read them. */
#include "store/move_write.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum err
write_singly(struct db_connection *connection, const struct move_statements *statements,
    const struct move_rows *rows)
{
	const struct move_table *table = statements->table;
	const int width = move_table_width(table);
	struct db_value values[MOVE_COLUMNS_MAX + 1] = {{0}};
	size_t at = 0;
	enum err err = ERR_OK;

	values[width].type = DB_END;
	while (at < rows->len && err == ERR_OK) {
		for (int i = 0; i < width; i++)
			values[i] = move_rows_value(rows, &at, table->columns[i].kind);
		err = db_run(connection, &statements->insert, values, NULL, NULL, NULL);
	}
	return err;
}

/* The literal of an array, as PostgreSQL reads it (section 8.15.2 of its manual). */
struct literal {
	FILE *out;
	char *text;		/* owned */
	size_t len;
};

static void
print_text(FILE *out, const struct db_value *value)
{
	const char *text = value->data, *end = text + value->len;

	putc('"', out);
	for (; text < end; text++) {
		if (*text == '"' || *text == '\\')
			putc('\\', out);
		putc(*text, out);
	}
	putc('"', out);
}

/* A backslash within an array is one more. */
static void
print_bytes(FILE *out, const struct db_value *value)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *byte = value->data, *end = byte + value->len;

	fputs("\"\\\\x", out);
	for (; byte < end; byte++) {
		putc(digits[*byte >> 4], out);
		putc(digits[*byte & 15], out);
	}
	putc('"', out);
}

static void
print_value(FILE *out, const struct db_value *value)
{
	if (value->is_null)
		fputs("NULL", out);
	else if (value->type == DB_TEXT)
		print_text(out, value);
	else if (value->type == DB_BYTES)
		print_bytes(out, value);
	else
		fprintf(out, "%" PRId64, value->number);
}

/* Adds the values of all rows to the literals of their columns. */
static void
print_rows(const struct move_table *table, const struct move_rows *rows,
    struct literal literals[MOVE_COLUMNS_MAX])
{
	size_t at = 0;

	for (int64_t row = 0; row < rows->count; row++)
		for (int i = 0; table->columns[i].name != NULL; i++) {
			const struct db_value value =
			    move_rows_value(rows, &at, table->columns[i].kind);

			putc(row == 0 ? '{' : ',', literals[i].out);
			print_value(literals[i].out, &value);
		}
}

static enum err
open_literals(int width, struct literal literals[MOVE_COLUMNS_MAX])
{
	for (int i = 0; i < width; i++)
		if ((literals[i].out = open_memstream(&literals[i].text,
		    &literals[i].len)) == NULL)
			return ERR_MEMORY;
	return ERR_OK;
}

/* Ends them, and makes them the values of a statement. */
static enum err
close_literals(int width, struct literal literals[MOVE_COLUMNS_MAX],
    struct db_value values[MOVE_COLUMNS_MAX + 1])
{
	enum err err = ERR_OK;

	for (int i = 0; i < width; i++) {
		if (literals[i].out == NULL)
			return ERR_MEMORY;
		putc('}', literals[i].out);
		if (ferror(literals[i].out))
			err = ERR_MEMORY;
		if (fclose(literals[i].out) != 0)
			err = ERR_MEMORY;
		values[i] = (struct db_value){ .type = DB_TEXT, .data = literals[i].text,
		    .len = literals[i].len };
	}
	values[width].type = DB_END;
	return err;
}

static enum err
write_together(struct db_connection *connection, const struct move_statements *statements,
    const struct move_rows *rows)
{
	const int width = move_table_width(statements->table);
	struct literal literals[MOVE_COLUMNS_MAX] = {{0}};
	struct db_value values[MOVE_COLUMNS_MAX + 1] = {{0}};
	enum err err = open_literals(width, literals), ended;

	if (err == ERR_OK)
		print_rows(statements->table, rows, literals);
	ended = close_literals(width, literals, values);
	if (err == ERR_OK)
		err = ended;
	if (err == ERR_OK)
		err = db_run(connection, &statements->insert, values, NULL, NULL, NULL);
	for (int i = 0; i < width; i++)
		free(literals[i].text);
	return err;
}

enum err
move_write_rows(struct db_connection *connection, bool is_sqlite,
    const struct move_statements *statements, const struct move_rows *rows)
{
	if (rows->count == 0)
		return ERR_OK;
	return is_sqlite ? write_singly(connection, statements, rows)
	    : write_together(connection, statements, rows);
}
