/* migrate: the schema, in numbered steps. */
#include "store/migrate.h"

/*
 * Step 5: sign-ins that can be ended. Of refresh tokens, cookies, links and secrets there are only
 * digests. Times are seconds since 1970. Indexes have the names of their tables first.
 */
#define TABLES_OF_STEP_5 \
	/* When something happened, or is next due. Tokens older than "grants" have no grant. */ \
	"CREATE TABLE moments (name TEXT PRIMARY KEY, at INTEGER NOT NULL) " \
	"STRICT, WITHOUT ROWID;" \
	"INSERT INTO moments VALUES ('grants', strftime('%s', 'now') + 0), ('tidy', 0);" \
	/* A signed-in browser. */ \
	"CREATE TABLE sessions (id INTEGER PRIMARY KEY AUTOINCREMENT," \
	"digest BLOB NOT NULL UNIQUE," \
	"user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE," \
	"parent_id INTEGER REFERENCES sessions (id) ON DELETE CASCADE," \
	"origin TEXT NOT NULL DEFAULT '', created_at INTEGER NOT NULL," \
	"auth_at INTEGER NOT NULL, factors INTEGER NOT NULL DEFAULT 1," \
	"seen_at INTEGER NOT NULL, idle INTEGER NOT NULL, expires_at INTEGER NOT NULL," \
	"network TEXT NOT NULL DEFAULT '', agent TEXT NOT NULL DEFAULT '') STRICT;" \
	"CREATE INDEX sessions_user_id ON sessions (user_id);" \
	"CREATE INDEX sessions_expires_at ON sessions (expires_at);" \
	"CREATE INDEX sessions_parent_id ON sessions (parent_id) WHERE parent_id IS NOT NULL;" \
	/* \
	 * What a program was given. See grants.h. A generation keeps its size while it grows, so \
	 * that a rotation fits where the row is. \
	 */ \
	"CREATE TABLE grants (gid BLOB PRIMARY KEY NOT NULL," \
	"user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE," \
	"session_id INTEGER, client_id TEXT NOT NULL, scope TEXT NOT NULL," \
	"created_at INTEGER NOT NULL, auth_at INTEGER NOT NULL," \
	"factors INTEGER NOT NULL DEFAULT 1, expires_at INTEGER NOT NULL," \
	"revoked_at INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT ''," \
	"current BLOB, previous BLOB, salt BLOB, generation INTEGER NOT NULL DEFAULT 1000000," \
	"rotated_at INTEGER NOT NULL, run INTEGER NOT NULL DEFAULT 0," \
	"counted INTEGER NOT NULL DEFAULT 0, network TEXT NOT NULL DEFAULT ''," \
	"agent TEXT NOT NULL DEFAULT '') STRICT;" \
	"CREATE INDEX grants_user_id ON grants (user_id, expires_at);" \
	"CREATE INDEX grants_expires_at ON grants (expires_at);" \
	"CREATE INDEX grants_session_id ON grants (session_id) WHERE session_id IS NOT NULL;" \
	/* Links, codes, second steps: what is good once. */ \
	"CREATE TABLE tickets (digest BLOB PRIMARY KEY NOT NULL, kind TEXT NOT NULL," \
	"user_id INTEGER REFERENCES users (id) ON DELETE CASCADE," \
	"session_id INTEGER, client_id TEXT NOT NULL DEFAULT ''," \
	"data TEXT NOT NULL DEFAULT '', tries INTEGER NOT NULL DEFAULT 0," \
	"used_at INTEGER NOT NULL DEFAULT 0, gid BLOB, expires_at INTEGER NOT NULL) STRICT;" \
	"CREATE INDEX tickets_user_id ON tickets (user_id) WHERE user_id IS NOT NULL;" \
	"CREATE INDEX tickets_expires_at ON tickets (expires_at);" \
	/* Single access tokens that were revoked. */ \
	"CREATE TABLE dead_tokens (jti BLOB PRIMARY KEY NOT NULL, expires_at INTEGER NOT NULL) " \
	"STRICT, WITHOUT ROWID;" \
	"CREATE INDEX dead_tokens_expires_at ON dead_tokens (expires_at);" \
	/* Services that may ask what a token is good for. */ \
	"CREATE TABLE introspectors (name TEXT PRIMARY KEY NOT NULL, digest BLOB NOT NULL," \
	"created_at INTEGER NOT NULL) STRICT;" \
	/* What happened; it outlives the users it is about. */ \
	"CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL," \
	"event TEXT NOT NULL, user_id INTEGER, actor TEXT NOT NULL DEFAULT ''," \
	"client_id TEXT NOT NULL DEFAULT '', network TEXT NOT NULL DEFAULT ''," \
	"detail TEXT NOT NULL DEFAULT '', count INTEGER NOT NULL DEFAULT 1) STRICT;" \
	"CREATE INDEX audit_user_id ON audit (user_id, id);" \
	"CREATE INDEX audit_at ON audit (at);" \
	/* \
	 * Messages that are to be delivered. Those to nobody are in the index as well, so that \
	 * writing one takes as long. \
	 */ \
	"CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL," \
	"tries INTEGER NOT NULL DEFAULT 0," \
	"user_id INTEGER REFERENCES users (id) ON DELETE CASCADE, kind TEXT NOT NULL," \
	"data TEXT NOT NULL DEFAULT '') STRICT;" \
	"CREATE INDEX outbox_user_id ON outbox (user_id)"

static const char *const made_by_step_5[] = {
	"moments",
	"sessions", "sessions_user_id", "sessions_expires_at", "sessions_parent_id",
	"grants", "grants_user_id", "grants_expires_at", "grants_session_id",
	"tickets", "tickets_user_id", "tickets_expires_at",
	"dead_tokens", "dead_tokens_expires_at",
	"introspectors",
	"audit", "audit_user_id", "audit_at",
	"outbox", "outbox_user_id",
	NULL,
};

/* Steps that have been released never change. */
static const struct migration steps[] = {
	{ 1, 1, { .text = "CREATE TABLE users (" MIGRATE_USERS_COLUMNS ") STRICT" }, {{0}}, NULL },
	{ 2, 1, { .text = "CREATE TABLE bearward_schema (version INTEGER NOT NULL, "
		"readable_since INTEGER NOT NULL) STRICT;"
		"INSERT INTO bearward_schema VALUES (1, 1)" }, {{0}},
		(const char *const[]){ "bearward_schema", NULL } },
	{ 3, 1, { .text = "CREATE TABLE known_networks ("
		"user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,"
		"network TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (user_id, network)"
		") STRICT, WITHOUT ROWID" }, {{0}},
		(const char *const[]){ "known_networks", NULL } },
	/* Until then created_at 0 said that a user had come with a takeover. */
	{ 4, 1, { .text = "UPDATE users SET is_imported = 1 WHERE created_at = 0" }, {
		{ "email", "TEXT", .adopts = true },
		{ "display_name", "TEXT", .adopts = true },
		{ "is_imported", "INTEGER NOT NULL DEFAULT 0", .adopts = false },
	}, NULL },
	{ 5, 1, { .text = TABLES_OF_STEP_5 }, {
		{ "email_verified", "INTEGER NOT NULL DEFAULT 0", .adopts = false },
		{ "groups", "TEXT NOT NULL DEFAULT ''", .adopts = false },
		{ "password_changed_at", "INTEGER NOT NULL DEFAULT 0", .adopts = false },
		{ "last_sign_in_at", "INTEGER NOT NULL DEFAULT 0", .adopts = false },
		{ "signed_out_at", "INTEGER NOT NULL DEFAULT 0", .adopts = false },
	}, made_by_step_5 },
};

#define STRING(number) STRING_OF(number)
#define STRING_OF(text) #text

enum {
	NEWEST = sizeof(steps) / sizeof(steps[0]),
	RECORDED_SINCE = 2,
};

const struct db_sql migrate_row = {
	.text = "SELECT version, readable_since FROM bearward_schema",
	.postgresql = "SELECT version, CASE WHEN EXISTS (SELECT 1 FROM bearward_move) "
		"THEN " STRING(MIGRATE_NOWHERE) " ELSE readable_since END FROM bearward_schema",
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
	if (readable_since == MIGRATE_NOWHERE)
		return MIGRATE_MOVED;
	if (version < NEWEST)
		return MIGRATE_OLDER;
	return version == NEWEST || readable_since <= NEWEST ? MIGRATE_FITS : MIGRATE_NEWER;
}

enum err
migrate_take(const struct db_row *row, void *arg)
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
	enum err err = db_run(connection, &migrate_row, NULL, migrate_take, numbers, NULL);

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
