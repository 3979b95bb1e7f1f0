/*
 * service: what one thread of a process holds open, no more than its errand needs.
 *
 * The list of needs is the separation of the pools: the process that answers /users/me/
 * changes nothing (but for undoing what a killed writer left half done), the one that registers
 * holds no key unless registration asks for a caller's token.
 */
#ifndef BEARWARD_ACCOUNT_SERVICE_H
#define BEARWARD_ACCOUNT_SERVICE_H

#include "base/err.h"
#include "config/config.h"
#include "hash/hasher.h"
#include "store/db.h"
#include "token/cache.h"
#include "token/keyring.h"

enum need {
	NEED_READING = 1,	/* the database, read-only */
	NEED_WRITING = 2,	/* the database */
	NEED_KEYS = 4,		/* the keyring */
	NEED_CALLER = 8,	/* the keyring, where `registration = bearer` */
	NEED_HASHING = 16,	/* the hasher */
	NEED_STATE = 32,	/* the database, read-only, where `verify = revocation-aware` */
};

struct service {
	const struct config *config;	/* borrowed */
	struct db *db;			/* owned; NULL when not needed */
	struct keyring *keyring;	/* owned; NULL when not needed */
	struct token_cache *tokens;	/* borrowed; NULL: each token is verified anew */
	struct hasher *hasher;		/* NULL when not needed */
	bool owns_hasher;		/* or else it is borrowed */
	const char *client;		/* borrowed for one request: its address, for logs */
};

/*
 * Opens what needs (of enum need) names, in a state directory that is ours alone. hasher and tokens
 * are borrowed, those of a process with several threads, or NULL; a hasher that is needed service
 * then has of its own. ERR_SETUP or ERR_STORAGE, logged, or ERR_INTERNAL: nothing stays open.
 */
ERR_CHECKED enum err service_open(const struct config *config, unsigned needs,
    struct hasher *hasher, struct token_cache *tokens, struct service *service);

void service_close(struct service *service);

#endif
