/* dead_tokens: single access tokens that were revoked while their grants live on. */
#include "store/dead_tokens.h"

#include "store/tidy.h"

/* More than one goes for each that comes: tidying alone need not keep up with who adds. */
#define REMOVE_EXPIRED(but) "DELETE FROM dead_tokens WHERE jti IN (SELECT jti FROM " \
	"dead_tokens WHERE expires_at <= $1 ORDER BY expires_at LIMIT 2" but ")"

static const struct db_sql remove_expired = {
	.text = REMOVE_EXPIRED(""), .postgresql = REMOVE_EXPIRED(" FOR UPDATE SKIP LOCKED"),
};
static const struct db_sql add = {
	.text = "INSERT INTO dead_tokens (jti, expires_at) VALUES ($1, $2) "
		"ON CONFLICT (jti) DO NOTHING",
};

struct addition {
	const unsigned char *id;
	int64_t expires_at;
	const struct audits_row *row;
};

static enum err
do_add(struct db_connection *connection, void *arg)
{
	const struct addition *new = arg;
	enum err err = db_run(connection, &remove_expired, DB_VALUES(db_int(new->row->at)), NULL,
	    NULL, NULL);
	int64_t added = 0;

	if (err == ERR_OK)
		err = db_run(connection, &add, DB_VALUES(db_bytes(new->id, DEAD_TOKENS_ID_LEN),
		    db_int(new->expires_at)), NULL, NULL, &added);
	if (err == ERR_OK && added > 0)
		err = audits_add(connection, new->row);
	return err == ERR_OK ? tidy_bite(connection, new->row->at) : err;
}

enum err
dead_tokens_add(struct db *db, const unsigned char id[DEAD_TOKENS_ID_LEN], int64_t expires_at,
    const struct audits_row *row)
{
	return db_transact(db, do_add, &(struct addition){ id, expires_at, row });
}
