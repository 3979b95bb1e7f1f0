/*
 * service: what one process holds open, shared by all its threads.
 *
 * A program says which resources its endpoints need. Only those are opened, and only those are
 * linked into it. So processes differ in what they can do: the one that answers /users/me/ reads
 * the database and cannot change it (except to undo what a killed writer left half done), and the
 * one that registers users holds no key unless `registration = bearer`.
 */
#ifndef BEARWARD_ACCOUNT_SERVICE_H
#define BEARWARD_ACCOUNT_SERVICE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/sandbox.h"
#include "config/config.h"

struct courier;
struct heartbeat;

struct service {
	const struct config *config;	/* borrowed */
	bool is_brief;			/* it answers one request; set before service_open() */
	const char *root;		/* before addresses on pages; NULL: page_root_find() */
	/* Owned by the resources below; NULL when not open. Any thread may use any of them. */
	struct db *db;
	struct keyring *keyring;
	struct keyring *published;	/* public keys alone, for anybody who asks */
	struct token_cache *tokens;	/* tokens verified lately; NULL: each is verified anew */
	struct hasher *hasher;
	long hash_workers;		/* threads that hasher may have, with a descriptor each */
	struct buckets *attempts;	/* NULL as well with `attempts = no` */
	struct seen *seen;		/* NULL as well with `signin = no` */
	struct pages *pages;		/* NULL as well with `signin = no` */
	struct counters *counters;	/* NULL as well with `metrics = no`, or without the file */
	struct readiness *readiness;
	struct gauges *gauges;		/* NULL as well with `metrics = no` */
	struct courier *courier;	/* delivers messages; NULL as well without `notify` */
	struct heartbeat *heartbeat;	/* NULL as well with SQLite */
	/* Set by one of them: starts what runs by itself once the process is confined; or NULL. */
	void (*begin)(struct service *service);
	/* Owned by the service itself. */
	struct docroot_memo *served;	/* whether state_dir lies where files are handed out */
};

/* Something that a process may hold open. */
struct resource {
	bool (*is_needed)(const struct config *config);	/* NULL: always */
	enum err (*open)(struct service *service);	/* logs ERR_SETUP and ERR_STORAGE */
	void (*close)(struct service *service);		/* also when open() failed */
	/* Allows what is opened while it is in use, after open(); NULL: nothing is. */
	void (*allow)(const struct config *config, struct sandbox_plan *plan);
};

/* resource_database.c: the database, read-only, or to change it. */
extern const struct resource resource_database_reading, resource_database_writing;

/* The same for the command, which shows what responders that only read need not see. */
extern const struct resource resource_database_asking;

/* The same, read-only in every journal mode: see DB_WATCH in store/db.h. */
extern const struct resource resource_database_watching;

/* The same, read-only, unless `verify = stateless`. */
extern const struct resource resource_database_unless_stateless;

/*
 * resource_keys.c: the keys to check tokens with; the same where `registration = bearer`; the same
 * where a bearer can have the scope `metrics`, and it is of use.
 */
extern const struct resource resource_keys, resource_keys_if_bearer, resource_keys_if_metrics;

/* The keys to sign tokens with: no process but that which signs may open private keys. */
extern const struct resource resource_keys_signing;

/* The public keys alone, to be published: no secret. */
extern const struct resource resource_keys_public;

/* resource_hashing.c: the threads that hash. */
extern const struct resource resource_hashing;

/* resource_attempts.c: the file that counts attempts, where `attempts = yes`. */
extern const struct resource resource_attempts;

/* resource_pages.c: what people see, where `signin = yes`. */
extern const struct resource resource_pages;

/*
 * The same for a process that can do without: nothing else of what comes with bearward need be on
 * the host where a web server asks. Not with `verify = stateless`.
 */
extern const struct resource resource_pages_if_there;

/*
 * resource_courier.c: what delivers messages, where `notify` names a program. It comes first, as
 * it forks.
 */
extern const struct resource resource_courier;

/*
 * resource_heartbeat.c: what this host does again and again where several hosts may use the
 * database. It comes before the database, so that it ends while that is open.
 */
extern const struct resource resource_heartbeat;

/* resource_browsers.c: browsers that keep the cookie; it refuses where they would not. */
extern const struct resource resource_browsers;

/*
 * resource_counters.c: the file in which events are counted, with `metrics = yes`. A process does
 * without where it cannot be opened, which is logged.
 */
extern const struct resource resource_counters;

/* resource_readiness.c: what tells whether the service is ready; after the database. */
extern const struct resource resource_readiness;

/* resource_gauges.c: what there is at the moment, with `metrics = yes`. */
extern const struct resource resource_gauges;

/*
 * resource_sharing.c: nothing, but where the state directory is shared, and ours, the files are
 * made that are missing for others.
 */
extern const struct resource resource_sharing;

/* resource_seen.c: the file that tells when sessions were used, where `signin = yes`. */
extern const struct resource resource_seen;

/*
 * Opens the resources (NULL ends the list) that the settings ask for, in a state directory that
 * belongs to the account we run as, or is open to a group of it: see base/owner.h. config is
 * borrowed. Returns ERR_SETUP or ERR_STORAGE, logged, or ERR_MEMORY; nothing stays open then.
 */
ERR_CHECKED enum err service_open(const struct config *config,
    const struct resource *const *resources, struct service *service);

/*
 * Takes away from this process, which has one thread still, what none of the open resources needs,
 * unless the settings forbid it, and logs that at a level. Returns ERR_SETUP, logged, on failure.
 */
ERR_CHECKED enum err service_confine(const struct service *service,
    const struct resource *const *resources, enum log_level level);

/* Closes what service_open() opened; no thread may use it any more. */
void service_close(struct service *service, const struct resource *const *resources);

#endif
