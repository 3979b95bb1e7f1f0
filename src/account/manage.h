/*
 * manage: what an administrator does with users and keys. Every change leaves a log line.
 */
#ifndef BEARWARD_ACCOUNT_MANAGE_H
#define BEARWARD_ACCOUNT_MANAGE_H

#include <stdint.h>
#include <stdio.h>

#include "account/blocklist.h"
#include "account/context.h"
#include "store/db.h"
#include "store/users.h"
#include "token/key.h"
#include "token/keyring.h"

/* Tells whether there is a database of ours, as db_find() does. Needs no service. */
ERR_CHECKED enum err manage_find_database(const struct config *config,
    const struct user_columns_named *named, FILE *report, bool *is_there);

/*
 * Makes the database ready, as db_prepare() does, and writes what stands in the way to report.
 * Needs no service. Returns ERR_SETUP, ERR_STORAGE or ERR_MEMORY.
 */
ERR_CHECKED enum err manage_prepare_database(const struct config *config,
    const struct user_columns_named *named, FILE *report);

/*
 * Make a PostgreSQL ready as an administrator of it, or print how, as db_prepare_as() and
 * db_print_roles() do. Need no service.
 */
ERR_CHECKED enum err manage_prepare_as(const struct config *config, const struct db_admin *admin);
ERR_CHECKED enum err manage_print_roles(const struct config *config,
    const struct db_admin *admin, FILE *out);

/* Looks at the database as db_examine() does. Needs no service. */
void manage_examine_database(const struct config *config, finding_note *note, void *arg);

/*
 * Removes from the database what has expired, as tidy_all() does, and sessions that have been left
 * alone for too long. Returns ERR_STORAGE or ERR_MEMORY.
 */
ERR_CHECKED enum err manage_tidy(struct context *context,
    void (*visit)(int64_t removed, void *arg), void *arg);

/*
 * Reads the whole password_blocklist. Returns ERR_SETUP when it cannot be used, with what to do in
 * fault, or ERR_MEMORY. Needs no service.
 */
ERR_CHECKED enum err manage_check_blocklist(const struct config *config,
    char fault[BLOCKLIST_FAULT_SIZE]);

/* Users whose hash takes more memory than hashing may: they are answered 503. */
struct large_hashes {
	int64_t users;
	long long needed;	/* bytes, of the largest hash */
	long long allowed;	/* bytes */
};

/* Counts them. Needs the database. Returns ERR_STORAGE or ERR_MEMORY. */
ERR_CHECKED enum err manage_find_large_hashes(struct context *context,
    struct large_hashes *found);

/*
 * Returns the algorithm of a new key for which none was asked: that of the settings; or that of
 * the key that signs, where keys are open; or that of a first key in the dialect.
 */
enum key_alg manage_choose_alg(struct context *context);

/*
 * Makes the first key where there is none, and reads all keys as the service will. kid receives
 * the new key's id, or "". Returns ERR_STORAGE or ERR_SETUP, logged, or ERR_MEMORY. Needs no
 * open resource.
 */
ERR_CHECKED enum err manage_prepare_keys(struct context *context, enum key_alg alg,
    char kid[KEY_ID_SIZE]);

/* Adds a key, as keyring_add() does. Needs no open resource. */
ERR_CHECKED enum err manage_add_key(struct context *context, const struct keyring_new *new,
    char kid[KEY_ID_SIZE]);

/*
 * Removes the keys of which no token is left, as keyring_remove_gone() does, and visits the id of
 * each, which is borrowed. Needs no open resource.
 */
ERR_CHECKED enum err manage_remove_gone_keys(struct context *context,
    void (*visit)(const char *kid, void *arg), void *arg);

/* Visits keys whose public key does not go with the private one: keyring_find_unpaired(). */
ERR_CHECKED enum err manage_find_unpaired_keys(struct context *context,
    void (*visit)(const char *kid, const char *fault, void *arg), void *arg);

/* Tells whether there are any keys, as keyring_find_any() does. Needs no open resource. */
ERR_CHECKED enum err manage_find_keys(struct context *context, bool *has_any);

/*
 * Removes all keys, since they belong to a database that is no more. Returns ERR_STORAGE, logged.
 * Needs no open resource.
 */
ERR_CHECKED enum err manage_remove_all_keys(struct context *context);

/*
 * Removes a key, also a faulty one, as keyring_remove() does. Returns ERR_NO_KEY, ERR_REFUSED when
 * it is the last and is to be kept, or ERR_STORAGE, logged. Needs no open resource.
 */
ERR_CHECKED enum err manage_remove_key(struct context *context, const char *kid,
    enum keyring_last last);

/* A key, and what it does. */
struct manage_key {
	const struct key *key;		/* borrowed */
	enum key_state state;
	int64_t gone_at;		/* seconds since 1970; 0: not known yet */
};

/* Visits the keys of the service, the last in order first. */
void manage_list_keys(struct context *context,
    void (*visit)(const struct manage_key *key, void *arg), void *arg);

/*
 * Visits all users, with their hashes, by id, and leaves a log line of that; visit borrows the
 * user. Returns ERR_STORAGE or ERR_MEMORY.
 */
ERR_CHECKED enum err manage_export_users(struct context *context,
    void (*visit)(const struct user *user, void *arg), void *arg);

/*
 * The functions below change one user. Each may return ERR_NO_USER, ERR_STORAGE, ERR_MEMORY. What
 * "everything that the user was given" is, and where its end counts, says account/end.h.
 */

/*
 * Gives user a new password, and ends everything that the user was given. Returns ERR_FIELDS, with
 * the broken rule in the context's faults, or ERR_OVERLOADED.
 */
ERR_CHECKED enum err manage_set_password(struct context *context, const struct user *user,
    const char *password);

/* Refuses user's password, and ends everything that the user was given. */
ERR_CHECKED enum err manage_disable(struct context *context, const struct user *user);

/* Takes user's password again. What was ended stays so. */
ERR_CHECKED enum err manage_enable(struct context *context, const struct user *user);

/* Ends everything that user was given; the password is good for new sign-ins. */
ERR_CHECKED enum err manage_sign_out(struct context *context, const struct user *user);

/* Sets which restricted scopes user may ask for; scope is a valid list, "" for none. */
ERR_CHECKED enum err manage_set_scope(struct context *context, const struct user *user,
    const char *scope);

/*
 * Changes what is given of user's profile, as users_set_profile() does. It ends nothing: the next
 * check sees it. Returns ERR_FIELDS, with all faults in the context's, or ERR_CONFLICT.
 */
ERR_CHECKED enum err manage_set_profile(struct context *context, const struct user *user,
    const struct profile *profile);

/*
 * Deletes user for ever, with everything that the user was given; nobody else gets the id.
 * ERR_REFERENCED: see users_delete().
 */
ERR_CHECKED enum err manage_delete(struct context *context, const struct user *user);

#endif
