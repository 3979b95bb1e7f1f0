/*
 * config: the settings, read once at start and handed down as const.
 *
 * They come from one file of `key = value` lines. Every key has a default and can be overridden by
 * an environment variable BEARWARD_KEY (upper case). conf/bearward.conf.sample documents each key.
 * A mistake in any of them stops the start.
 */
#ifndef BEARWARD_CONFIG_CONFIG_H
#define BEARWARD_CONFIG_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "base/log.h"
#include "config/dialect.h"

enum registration {
	REGISTRATION_OPEN, REGISTRATION_BEARER, REGISTRATION_INVITE, REGISTRATION_CLOSED,
};
enum verification { VERIFICATION_STATELESS, VERIFICATION_REVOCATION_AWARE };
/* In the order of enum key_alg of token/key.h, which comes behind `auto`. */
enum signing_alg {
	SIGNING_ALG_AUTO, SIGNING_ALG_HS256, SIGNING_ALG_ES256, SIGNING_ALG_RS256,
	SIGNING_ALG_EDDSA,
};
enum session_activity { SESSION_ACTIVITY_ANY, SESSION_ACTIVITY_NAVIGATION };
/* Fastest first, as `auto` tries them. */
enum hash_kernel {
	HASH_KERNEL_AUTO, HASH_KERNEL_AVX512, HASH_KERNEL_AVX2, HASH_KERNEL_SSE2,
	HASH_KERNEL_NEON, HASH_KERNEL_LIBSCRYPT,
};
enum journal { JOURNAL_WAL, JOURNAL_DELETE };

/* A number of attempts at once, and the seconds until there is another one. */
struct rate {
	long at_once;
	long seconds;
};

/* Where `make install` puts the list of common passwords that comes with bearward. */
#define CONFIG_INSTALLED_LIST DATADIR "/bearward/common-passwords"

enum { CONFIG_PATH_SIZE = PATH_MAX + 256 };

/* All texts are owned by the config and never NULL; "" when a setting is empty. */
struct config {
	char *path;			/* the file that was read; "" when none was */
	char *state_dir;		/* absolute; holds bearward.db, keys/, signing/ and
					 * lock files */
	char *database;			/* URI or keywords of libpq; "": SQLite in state_dir */
	char *database_password_file;	/* "": it takes none */
	char *database_reader;		/* the same for who only reads; "": database */
	char *database_reader_password_file;
	long database_connections;	/* of one process at once, to change something */
	const struct dialect *dialect;

	char *issuer;			/* claim `iss` */
	char *audience;			/* claim `aud` that is set and accepted; "": none */
	char *client_id;		/* claim `client_id` of every token */
	char *allowed_origins;		/* space-separated: may read answers; "*": any; "": none */
	char *public_url;		/* where people reach the pages, without a slash at its
					 * end; "": issuer, if that is one */
	char *realm;			/* in challenges; has neither '"' nor '\\' */
	enum signing_alg signing_alg;	/* of new keys */
	long access_token_ttl;		/* seconds */
	bool password_grant;
	bool refresh_tokens;		/* whether /token gives them and takes them */
	long refresh_window;		/* seconds in which a token that was replaced is free */
	long refresh_run;		/* generations in a row that may be asked for again */
	long refresh_token_idle;	/* seconds that a grant may be left alone */
	long refresh_token_ttl;		/* seconds from the sign-in to a grant's end */
	bool accept_tutorial_tokens;

	char *scopes;			/* space-separated: what every user may ask for */
	char *restricted_scopes;	/* what a user may ask for only if given to him; with
					 * registration = bearer, users:create is added */
	char *default_scope;		/* granted when a request names no scope */
	char *me_scope;			/* one scope that /users/me/ demands, or "" */

	enum verification verify;	/* whether /verify also asks the database */

	bool signin;			/* whether browsers can sign in, and cookies count */
	char *service_name;		/* of the site, for people; "": the pages name none */
	char *home;			/* where to go without a return address; path or URL */
	char *return_origins;		/* space-separated: other origins that may be gone to */
	char *accent;			/* colour of the pages, "#rgb" or "#rrggbb"; "": ours */
	char *language;			/* of the pages: a code, or "auto": as the browser asks */
	char *pages;			/* directory of what stands in for our own pages */
	bool insecure_cookie;		/* the cookie also travels over plain http */
	long session_idle;		/* seconds that a session may be left alone */
	long session_ttl;		/* seconds from the sign-in to its end */
	long remembered_idle;		/* the same for one that is to be remembered */
	long remembered_ttl;
	enum session_activity session_activity;	/* which requests are a use of a session */

	long link_ttl;			/* seconds that a link to a new password is good for */
	long invitation_ttl;		/* seconds that an invitation is */
	char *notify;			/* program, absolute, and its arguments, separated by
					 * blanks: takes a message; "": none is sent */
	char *notify_from;		/* address of the sender; "": as the program has it */
	bool notify_new_browser;	/* whether a user is told of sign-ins from elsewhere */

	enum registration registration;
	char *reserved_names;		/* space-separated: nobody may register these */
	long password_min_length;	/* code points */
	char *password_blocklist;	/* file, one password a line, sorted; "": none */
	bool profile;			/* whether /users/me/ tells email and full name */

	bool attempts;			/* whether attempts are counted and bounded */
	struct rate attempts_source;	/* failed sign-ins from a network */
	struct rate attempts_account_source;	/* to one account from a network */
	struct rate attempts_strangers;	/* to one account from networks it does not know */
	struct rate attempts_known;	/* to one account from networks it knows */
	struct rate attempts_registrations;	/* from a network */
	struct rate attempts_links;	/* messages with a link for one account */
	long attempts_memory;		/* KiB of the file in which they are counted */

	long scrypt_log2_n;
	long scrypt_r;
	long scrypt_p;
	bool insecure_hash_cost;
	enum {
		COST_FROM_DEFAULT,	/* nothing says what a hash costs */
		COST_FROM_SETTINGS,	/* file or environment do, or insecure_hash_cost is set */
		COST_FROM_HOST,		/* it was measured; see config/host_cost.h */
	} cost_from;
	enum hash_kernel hash_kernel;
	long hash_slots;		/* cores that hash at once; 0: as the host allows */
	long hash_memory;		/* MiB for all hashes together; 0: as the host allows */
	long hash_memory_idle;		/* milliseconds until unused memory is released */
	long hash_wait;			/* milliseconds a hash may wait until it is begun */
	long hash_waiting;		/* hashes that are computed or wait in one process */

	bool allow_root;		/* responders may run as root */
	char *web_server_user;		/* accounts that may connect, separated by spaces; "":
					 * owner and group of the socket's file */
	bool sandbox;			/* responders give up what they never need */
	long threads;			/* requests that one responder works on at once */
	long body_limit;		/* bytes */
	long body_deadline;		/* milliseconds for the body to arrive */
	long storage_wait;		/* milliseconds to wait for the database */
	enum journal journal_mode;

	bool metrics;			/* whether events are counted, and told at /metrics */
	enum log_target log;
	enum log_level log_level;
};

/*
 * Reads the settings from the file at path and from the environment. When path is NULL, the file
 * is the one that BEARWARD_CONF names, or else the first that exists of: bearward.conf beside the
 * running program, bearward.conf one directory above, /etc/bearward/bearward.conf (`make` may be
 * told another place than /etc). When none exists, the defaults hold.
 *
 * A relative path in the file is relative to the file's directory; one in the environment is
 * relative to the working directory. A file that was named and is missing is a mistake, and so is
 * a BEARWARD_ variable of another name.
 *
 * It is a mistake, too, when another account could change the file: the file and its directory
 * must belong to root or to the account that runs; for root, also to the account that state_dir
 * belongs to. Only the owner may write the file, and others may write the directory only where it
 * is sticky, as /tmp is.
 *
 * Writes one line to report for every mistake: the file and line, what is wrong, and for an
 * unknown key the known one that may have been meant. Returns ERR_SETUP when there was a mistake;
 * config is then empty, and may be given to config_clear().
 */
ERR_CHECKED enum err config_load(const char *path, struct config *config, FILE *report);

/*
 * Writes the path of a part of bearward that programs load: beside the program or near it, or
 * where `make install` puts it, also if it is not there.
 */
void config_find_part(const char *name, char path[CONFIG_PATH_SIZE]);

/* Returns whether a URI or keywords of libpq have a password in them. */
bool config_has_password(const char *database);

/* Frees what the config owns. */
void config_clear(struct config *config);

/*
 * Writes the name of the file that was read, and then every setting as `key = value` with the
 * value in force.
 */
void config_print(const struct config *config, FILE *out);

#endif
