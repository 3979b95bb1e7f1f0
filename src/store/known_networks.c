/* known_networks: from where each user has signed in lately. */
#include "store/known_networks.h"

#include <stdlib.h>

#include "store/users.h"

static const struct db_sql find = {
	.text = "SELECT at FROM known_networks WHERE user_id = $1 AND network = $2",
};
static const struct db_sql add = {
	.text = "INSERT INTO known_networks (user_id, network, at) "
		"VALUES ($1, $2, $3) "
		"ON CONFLICT (user_id, network) DO UPDATE SET at = excluded.at",
};
static const struct db_sql forget = {
	.text = "DELETE FROM known_networks WHERE user_id = $1 AND (at < $2 OR network NOT IN "
		"(SELECT network FROM known_networks WHERE user_id = $1 "
		"ORDER BY at DESC, network LIMIT $3))",
};
static const struct db_sql list = {
	.text = "SELECT network FROM known_networks WHERE user_id = $1 ORDER BY at DESC, network",
};

enum err
known_networks_find(struct db *db, int64_t user_id, const char *network, int64_t *at)
{
	*at = 0;
	return db_read(db, &find, DB_VALUES(db_int(user_id), db_text(network)), db_take_int, at);
}

struct addition {
	int64_t user_id;
	const char *network;	/* borrowed */
	int64_t at, oldest;
};

static enum err
add_and_forget(struct db_connection *connection, void *arg)
{
	const struct addition *new = arg;
	enum err err = users_lock(connection, new->user_id);

	if (err == ERR_NO_USER)
		return ERR_OK;
	if (err == ERR_OK)
		err = db_run(connection, &add, DB_VALUES(db_int(new->user_id),
		    db_text(new->network), db_int(new->at)), NULL, NULL, NULL);
	if (err != ERR_OK)
		return err;
	return db_run(connection, &forget, DB_VALUES(db_int(new->user_id), db_int(new->oldest),
	    db_int(KNOWN_NETWORKS_MAX)), NULL, NULL, NULL);
}

enum err
known_networks_add(struct db *db, int64_t user_id, const char *network, int64_t at,
    int64_t oldest)
{
	return db_transact(db, add_and_forget, &(struct addition){ user_id, network, at, oldest });
}

struct listing {
	void (*visit)(const char *network, void *arg);
	void *arg;
};

static enum err
take_network(const struct db_row *row, void *arg)
{
	const struct listing *listing = arg;
	char *network = NULL;	/* owned */
	enum err err = db_row_text(row, 0, &network);

	if (err == ERR_OK)
		listing->visit(network, listing->arg);
	free(network);
	return err;
}

enum err
known_networks_list(struct db *db, int64_t user_id, void (*visit)(const char *network, void *arg),
    void *arg)
{
	return db_read(db, &list, DB_VALUES(db_int(user_id)), take_network,
	    &(struct listing){ visit, arg });
}
