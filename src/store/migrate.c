/* migrate: the schema, in numbered steps. */
#include "store/migrate.h"

/* Steps that have been released never change. */
static const struct migration steps[] = {
	{ 1, 1, { .text = "CREATE TABLE users (" MIGRATE_USERS_COLUMNS ") STRICT" }, {{0}} },
	{ 2, 1, { .text = "CREATE TABLE bearward_schema (version INTEGER NOT NULL, "
		"readable_since INTEGER NOT NULL) STRICT;"
		"INSERT INTO bearward_schema VALUES (1, 1)" }, {{0}} },
	{ 3, 1, { .text = "CREATE TABLE known_networks ("
		"user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,"
		"network TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (user_id, network)"
		") STRICT, WITHOUT ROWID" }, {{0}} },
	/* Until then created_at 0 said that a user had come with a takeover. */
	{ 4, 1, { .text = "UPDATE users SET is_imported = 1 WHERE created_at = 0" }, {
		{ "email", "TEXT", .adopts = true },
		{ "display_name", "TEXT", .adopts = true },
		{ "is_imported", "INTEGER NOT NULL DEFAULT 0", .adopts = false },
	} },
};

enum {
	NEWEST = sizeof(steps) / sizeof(steps[0]),
	RECORDED_SINCE = 2,
};

static const struct db_sql read_row = {
	.text = "SELECT version, readable_since FROM bearward_schema",
};
static const struct db_sql write_row = {
	.text = "UPDATE bearward_schema SET version = $1, readable_since = $2",
};

const struct migration *
migrate_step(int64_t version)
{
	return version >= 1 && version <= NEWEST ? &steps[version - 1] : NULL;
}

enum migrate_fit
migrate_compare(int64_t version, int64_t readable_since)
{
	if (version < NEWEST)
		return MIGRATE_OLDER;
	return version == NEWEST || readable_since <= NEWEST ? MIGRATE_FITS : MIGRATE_NEWER;
}

static enum err
take_row(const struct db_row *row, void *arg)
{
	int64_t *numbers = arg;

	numbers[0] = db_row_int(row, 0);
	numbers[1] = db_row_int(row, 1);
	return ERR_OK;
}

enum err
migrate_read(struct db_connection *connection, int64_t *version, int64_t *readable_since)
{
	int64_t numbers[2] = {0};
	enum err err = db_run(connection, &read_row, NULL, take_row, numbers, NULL);

	*version = numbers[0];
	*readable_since = numbers[1];
	return err;
}

enum err
migrate_record(struct db_connection *connection, const struct migration *step)
{
	if (step->version < RECORDED_SINCE)
		return ERR_OK;
	return db_run(connection, &write_row, DB_VALUES(db_int(step->version),
	    db_int(step->readable_since)), NULL, NULL, NULL);
}
