/*
 * store: the users, durable. This header is the whole of what the rest knows about storage.
 *
 * One SQLite file, bearward.db in the state directory, with table
 * users(id, username, hashed_password, is_active, ...) as the FastAPI tutorial has it, plus
 * columns of ours. A function that changes something returns ERR_OK only after the change is on
 * disk. Whatever storage refuses (busy past storage_wait, full, read-only, corrupt) is
 * ERR_STORAGE, logged here with its cause; nothing is ever replaced by an empty database. Memory
 * that is not to be had is ERR_INTERNAL. Both may come of every function below but
 * store_prepare(); they are not repeated there.
 *
 * A struct store belongs to one thread and is opened after any fork.
 */
#ifndef BEARWARD_STORE_USERS_H
#define BEARWARD_STORE_USERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "config/config.h"

struct store;

struct user {
	int64_t id;		/* positive, never given twice */
	char *username;		/* as shown; owned */
	char *username_key;	/* what is unique: see username_key(); owned */
	char *hashed_password;	/* scrypt or bcrypt text form; owned, secret; "" admits nobody */
	bool is_active;
	char *scope;		/* restricted scopes this user was given, space-separated; owned */
	int64_t created_at;	/* seconds since 1970; 0: unknown (taken over) */
};

/* Wipes the hash and frees all of it. Accepts NULL. */
void user_free(struct user *user);

enum store_mode { STORE_READ, STORE_WRITE };

/*
 * Makes the database ready: creates it where there is none, migrates an older schema in one
 * transaction, takes over a database of the FastAPI tutorial (after copying it beside itself as
 * bearward.db.before-takeover). What stands in the way is written to report, one line each, and
 * nothing is changed: ERR_SETUP. Run by `bearward init` only. Progress of a long takeover goes to
 * report too.
 */
ERR_CHECKED enum err store_prepare(const struct config *config, FILE *report);

/*
 * Opens an existing database of exactly our schema version that is ours alone; else ERR_SETUP,
 * logged with what to do. STORE_READ opens the file read-only. *store is owned; NULL on failure.
 */
ERR_CHECKED enum err store_open(const struct config *config, enum store_mode mode,
    struct store **store);

/* Accepts NULL. */
void store_close(struct store *store);

/* Look-ups: ERR_OK with *user NULL when there is no such user; else owned, user_free(). */
ERR_CHECKED enum err store_find_user(struct store *store, const char *username_key,
    struct user **user);
ERR_CHECKED enum err store_find_user_by_id(struct store *store, int64_t id, struct user **user);

/*
 * Visits up to limit users with an id above after, in the order of ids; visit borrows the user.
 * Whatever their number, a few are in memory at a time, and the database is not locked while they
 * are visited.
 */
ERR_CHECKED enum err store_list_users(struct store *store, int64_t after, int64_t limit,
    void (*visit)(const struct user *user, void *arg), void *arg);

/*
 * Adds a user (username, username_key, hashed_password, is_active and scope count) and sets
 * user->id and created_at. ERR_NAME_TAKEN when the key exists.
 */
ERR_CHECKED enum err store_add_user(struct store *store, struct user *user);

/*
 * Replaces a hash. With expected, only where that hash still stands (else nothing changes, and it
 * is ERR_OK): so an upgrade never undoes a password change. ERR_NO_USER: no such user.
 */
ERR_CHECKED enum err store_set_password(struct store *store, int64_t id, const char *expected,
    const char *hashed_password);

/* ERR_NO_USER: no such user. */
ERR_CHECKED enum err store_set_active(struct store *store, int64_t id, bool is_active);
ERR_CHECKED enum err store_set_scope(struct store *store, int64_t id, const char *scope);
ERR_CHECKED enum err store_delete_user(struct store *store, int64_t id);

#endif
