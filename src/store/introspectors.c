/* introspectors: the credentials of services that may ask what a token is good for. */
#include "store/introspectors.h"

#include <stdlib.h>
#include <string.h>

static const struct db_sql add = {
	.text = "INSERT INTO introspectors (name, digest, created_at) VALUES ($1, $2, $3)",
};
static const struct db_sql find = {
	.text = "SELECT digest FROM introspectors WHERE name = $1",
};
static const struct db_sql list = {
	.text = "SELECT name, created_at FROM introspectors ORDER BY name",
};
static const struct db_sql delete = { .text = "DELETE FROM introspectors WHERE name = $1" };

enum err
introspectors_add(struct db_connection *connection, const char *name,
    const unsigned char digest[INTROSPECTORS_DIGEST_LEN], int64_t created_at)
{
	return db_run(connection, &add, DB_VALUES(db_text(name),
	    db_bytes(digest, INTROSPECTORS_DIGEST_LEN), db_int(created_at)), NULL, NULL, NULL);
}

struct found {
	unsigned char *digest;
	size_t len;		/* of what was found */
};

static enum err
take_digest(const struct db_row *row, void *arg)
{
	struct found *found = arg;

	return db_row_bytes(row, 0, found->digest, INTROSPECTORS_DIGEST_LEN, &found->len);
}

enum err
introspectors_find(struct db *db, const char *name,
    unsigned char digest[INTROSPECTORS_DIGEST_LEN], bool *is_there)
{
	struct found found = { .digest = digest };
	enum err err;

	memset(digest, 0, INTROSPECTORS_DIGEST_LEN);
	err = db_read(db, &find, DB_VALUES(db_text(name)), take_digest, &found);
	*is_there = err == ERR_OK && found.len == INTROSPECTORS_DIGEST_LEN;
	return err;
}

struct listing {
	void (*visit)(const char *name, int64_t created_at, void *arg);
	void *arg;
};

static enum err
take_line(const struct db_row *row, void *arg)
{
	const struct listing *listing = arg;
	char *name = NULL;	/* owned */
	enum err err = db_row_text(row, 0, &name);

	if (err == ERR_OK)
		listing->visit(name, db_row_int(row, 1), listing->arg);
	free(name);
	return err;
}

enum err
introspectors_list(struct db *db,
    void (*visit)(const char *name, int64_t created_at, void *arg), void *arg)
{
	return db_read(db, &list, NULL, take_line, &(struct listing){ visit, arg });
}

enum err
introspectors_remove(struct db_connection *connection, const char *name, bool *is_done)
{
	int64_t rows = 0;
	enum err err = db_run(connection, &delete, DB_VALUES(db_text(name)), NULL, NULL, &rows);

	*is_done = err == ERR_OK && rows > 0;
	return err;
}
