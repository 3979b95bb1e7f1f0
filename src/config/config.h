/*
 * config: the settings, read once at start and handed down as const.
 *
 * One file of `key = value` lines; every key has a default and can be overridden by an
 * environment variable BEARWARD_KEY (upper case). conf/bearward.conf.sample documents each.
 * A mistake anywhere stops the start: nothing runs half-configured.
 */
#ifndef BEARWARD_CONFIG_CONFIG_H
#define BEARWARD_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "base/log.h"
#include "config/dialect.h"

enum registration { REGISTRATION_OPEN, REGISTRATION_BEARER, REGISTRATION_CLOSED };
enum verification { VERIFICATION_STATELESS, VERIFICATION_REVOCATION_AWARE };
/* The quickest first, as `auto` tries them. */
enum hash_kernel {
	HASH_KERNEL_AUTO, HASH_KERNEL_AVX512, HASH_KERNEL_AVX2, HASH_KERNEL_SSE2,
	HASH_KERNEL_LIBSCRYPT,
};
enum journal { JOURNAL_WAL, JOURNAL_DELETE };

/* All texts are owned by the config and never NULL; "" where a setting is empty. */
struct config {
	char *path;			/* the file that was read; "" when there was none */
	char *state_dir;		/* absolute; holds bearward.db, keys/ and lock files */
	const struct dialect *dialect;

	char *issuer;			/* claim `iss` */
	char *audience;			/* claim `aud`, and the one accepted; "": no such claim */
	char *client_id;		/* claim `client_id` of every token */
	char *realm;			/* in challenges; without '"' and '\\' */
	long access_token_ttl;		/* seconds */
	bool password_grant;
	bool accept_tutorial_tokens;

	char *scopes;			/* space-separated: what every user may ask for */
	char *restricted_scopes;	/* what only users may ask for who were given it; with
					 * registration = bearer, users:create is added */
	char *default_scope;		/* granted when a request names none */
	char *me_scope;			/* what /users/me/ demands; one scope or "" */

	enum verification verify;	/* whether /verify asks the database, too */

	enum registration registration;
	long password_min_length;	/* code points */
	char *password_blocklist;	/* file, one password a line; "": none */

	long scrypt_log2_n;
	long scrypt_r;
	long scrypt_p;
	bool insecure_hash_cost;
	enum hash_kernel hash_kernel;
	long hash_slots;		/* cores that hash at once on this host; at least 1 */
	long hash_memory;		/* MiB they may take together; 0: as much as is of use */
	long hash_memory_idle;		/* milliseconds until unused memory is given back */
	long hash_wait;			/* milliseconds a hash may wait for its turn */
	long hash_waiting;		/* hashes at work or waiting in one process */

	long threads;			/* requests at once in one responder */
	long body_limit;		/* bytes */
	long body_deadline;		/* milliseconds for the body to arrive */
	long storage_wait;		/* milliseconds to wait for the database */
	enum journal journal_mode;

	enum log_target log;
	enum log_level log_level;
};

/*
 * Reads the settings. path NULL: the file named by BEARWARD_CONF; else bearward.conf beside the
 * running program or one directory above it; else /etc/bearward/bearward.conf (or what `make` was
 * told instead of /etc); else defaults alone. A named file that is missing is a mistake.
 *
 * Every mistake is written to report, one line each: file, line, what is wrong, and the suggestion
 * known key for an unknown one. ERR_SETUP when there was any; config is then empty but may be
 * given to config_clear(). A relative path in the file counts from the file's directory; in the
 * environment from the working directory. A BEARWARD_ variable of another name is a mistake too.
 */
ERR_CHECKED enum err config_load(const char *path, struct config *config, FILE *report);

void config_clear(struct config *config);

/* Writes every setting as `key = value` with the value in force, the file that was read first. */
void config_print(const struct config *config, FILE *out);

#endif
