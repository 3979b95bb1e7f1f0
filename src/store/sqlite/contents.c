/* contents: what is in a database: its tables, how many rows each has, and a digest of all. */
#include "store/sqlite/contents.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLES "SELECT name FROM sqlite_schema WHERE type = 'table' " \
	"AND sql NOT LIKE 'CREATE VIRTUAL %'"

static const char tables_of_users[] = TABLES " AND name NOT IN ('bearward_backup', "
	"'bearward_backup_rows', 'bearward_backup_files') ORDER BY name";
static const char tables_with_rows[] = TABLES " AND name <> 'bearward_backup' ORDER BY name";

/* What is not in rows of tables. */
static const char *const heads[] = {
	"PRAGMA application_id", "PRAGMA user_version",
	"SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name",
	"SELECT format, made_at, program, has_keys FROM bearward_backup",
};

/* Prepares a statement with the name of a table in its text. */
static enum err
prepare_about(struct connection *c, const char *format, const char *table,
    sqlite3_stmt **statement)
{
	char *sql = sqlite3_mprintf(format, table);	/* owned */
	enum err err = sql != NULL ? connection_prepare(c, sql, statement) : ERR_MEMORY;

	sqlite3_free(sql);
	return err;
}

static enum err
count_rows(struct connection *c, struct contents_table *table)
{
	sqlite3_stmt *statement = NULL;		/* owned */
	enum err err = prepare_about(c, "SELECT count(*) FROM \"%w\"", table->name, &statement);

	if (err == ERR_OK && sqlite3_step(statement) == SQLITE_ROW)
		table->rows = sqlite3_column_int64(statement, 0);
	else if (err == ERR_OK)
		err = connection_fail(c, table->name);
	sqlite3_finalize(statement);
	return err;
}

/* Adds a table at the end of a list. */
static enum err
add_table(struct connection *c, const char *name, struct contents_table **end)
{
	if ((*end = calloc(1, sizeof(**end))) == NULL || ((*end)->name = strdup(name)) == NULL)
		return ERR_MEMORY;
	return count_rows(c, *end);
}

enum err
contents_count(struct connection *c, struct contents_table **tables)
{
	struct contents_table **end = tables;
	sqlite3_stmt *names = NULL;	/* owned */
	enum err err;
	int rc = SQLITE_DONE;

	*tables = NULL;
	if ((err = connection_prepare(c, tables_of_users, &names)) != ERR_OK)
		return err;
	while (err == ERR_OK && (rc = sqlite3_step(names)) == SQLITE_ROW) {
		err = add_table(c, (const char *)sqlite3_column_text(names, 0), end);
		end = *end != NULL ? &(*end)->next : end;
	}
	if (err == ERR_OK && rc != SQLITE_DONE)
		err = connection_fail(c, "read the tables");
	sqlite3_finalize(names);
	if (err != ERR_OK) {
		contents_free(*tables);
		*tables = NULL;
	}
	return err;
}

bool
contents_has_same(const struct contents_table *a, const struct contents_table *b)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next)
		if (strcmp(a->name, b->name) != 0 || a->rows != b->rows)
			return false;
	return a == NULL && b == NULL;
}

void
contents_free(struct contents_table *tables)
{
	while (tables != NULL) {
		struct contents_table *next = tables->next;

		free(tables->name);
		free(tables);
		tables = next;
	}
}

static bool
feed(EVP_MD_CTX *digest, const void *data, size_t len)
{
	return EVP_DigestUpdate(digest, data, len) == 1;
}

/* The same on every machine. */
static bool
feed_number(EVP_MD_CTX *digest, int64_t number)
{
	unsigned char bytes[sizeof(number)];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)((uint64_t)number >> (56 - 8 * i));
	return feed(digest, bytes, sizeof(bytes));
}

/* A value is its type, its length or itself, and what it has: no two rows read the same. */
static bool
feed_value(EVP_MD_CTX *digest, sqlite3_stmt *row, int column)
{
	const int type = sqlite3_column_type(row, column);
	int64_t number = 0;
	double real;

	if (type == SQLITE_INTEGER)
		number = sqlite3_column_int64(row, column);
	else if (type == SQLITE_FLOAT) {
		real = sqlite3_column_double(row, column);
		memcpy(&number, &real, sizeof(number));
	} else if (type != SQLITE_NULL)
		number = sqlite3_column_bytes(row, column);
	if (!feed_number(digest, type) || !feed_number(digest, number))
		return false;
	return (type != SQLITE_TEXT && type != SQLITE_BLOB) || number == 0 ||
	    feed(digest, sqlite3_column_blob(row, column), (size_t)number);
}

/* The statement is taken. */
static enum err
feed_rows(struct connection *c, EVP_MD_CTX *digest, sqlite3_stmt *rows)
{
	const int columns = sqlite3_column_count(rows);
	bool is_fed = feed(digest, "(", 1);
	enum err err = ERR_OK;
	int rc = SQLITE_DONE;

	while (is_fed && (rc = sqlite3_step(rows)) == SQLITE_ROW) {
		is_fed = feed(digest, "\n", 1);
		for (int i = 0; i < columns && is_fed; i++)
			is_fed = feed_value(digest, rows, i);
	}
	if (!is_fed || !feed(digest, ")", 1))
		err = ERR_MEMORY;
	else if (rc != SQLITE_DONE)
		err = connection_fail(c, "read the database");
	sqlite3_finalize(rows);
	return err;
}

static enum err
feed_heads(struct connection *c, EVP_MD_CTX *digest)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]) && err == ERR_OK; i++) {
		sqlite3_stmt *rows = NULL;	/* given away */

		if ((err = connection_prepare(c, heads[i], &rows)) == ERR_OK)
			err = feed_rows(c, digest, rows);
	}
	return err;
}

/* Rows come in the order of their keys: no index may bring them in another. */
static enum err
feed_tables(struct connection *c, EVP_MD_CTX *digest)
{
	sqlite3_stmt *names = NULL;	/* owned */
	enum err err = connection_prepare(c, tables_with_rows, &names);
	int rc = SQLITE_DONE;

	while (err == ERR_OK && (rc = sqlite3_step(names)) == SQLITE_ROW) {
		sqlite3_stmt *rows = NULL;	/* given away */

		err = prepare_about(c, "SELECT * FROM \"%w\" NOT INDEXED",
		    (const char *)sqlite3_column_text(names, 0), &rows);
		if (err == ERR_OK)
			err = feed_rows(c, digest, rows);
	}
	if (err == ERR_OK && rc != SQLITE_DONE)
		err = connection_fail(c, "read the tables");
	sqlite3_finalize(names);
	return err;
}

enum err
contents_digest(struct connection *c, char digest[CONTENTS_DIGEST_SIZE])
{
	EVP_MD_CTX *state = EVP_MD_CTX_new();	/* owned */
	unsigned char bytes[EVP_MAX_MD_SIZE];
	enum err err = ERR_OK;

	if (state == NULL || EVP_DigestInit_ex(state, EVP_sha256(), NULL) != 1)
		err = ERR_MEMORY;
	if (err == ERR_OK && (err = feed_heads(c, state)) == ERR_OK)
		err = feed_tables(c, state);
	if (err == ERR_OK && EVP_DigestFinal_ex(state, bytes, NULL) != 1)
		err = ERR_MEMORY;
	for (int i = 0; i < (CONTENTS_DIGEST_SIZE - 1) / 2 && err == ERR_OK; i++)
		snprintf(digest + 2 * i, 3, "%02x", bytes[i]);
	EVP_MD_CTX_free(state);
	return err;
}
