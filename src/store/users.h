/*
 * users: who is registered.
 *
 * Table users(id, username, hashed_password, is_active, ...) as the FastAPI tutorial has it, plus
 * columns of ours. What every function may return besides what is said there: see db.h.
 */
#ifndef BEARWARD_STORE_USERS_H
#define BEARWARD_STORE_USERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/db.h"
#include "text/profile.h"

struct user {
	int64_t id;		/* positive, never given twice */
	char *username;		/* as shown; owned */
	char *username_key;	/* what is unique: see username_key(); owned */
	char *hashed_password;	/* see hash/password.h; owned, secret; "" admits nobody;
				 * NULL: it was not asked for */
	bool is_active;
	char *scope;		/* restricted scopes this user was given, space-separated; owned */
	int64_t created_at;	/* seconds since 1970; 0: unknown */
	char *email;		/* owned; NULL: none */
	bool email_verified;	/* the address is known to be the user's */
	char *display_name;	/* owned; NULL: none */
	char *groups;		/* see text/groups.h; owned; "": none */
	bool is_imported;	/* came with a takeover or an import, from another program */
	int64_t last_sign_in_at;	/* seconds since 1970; 0: never, or before it was kept */
	int64_t signed_out_at;	/* when everything of the user ended; 0: never. It grows
				 * each time, and what began before then is void */
};

/* Wipes the hash and frees all of it. Accepts NULL. */
void user_free(struct user *user);

/*
 * Find a user by key or by id. Return ERR_OK with *user NULL when there is none; else *user is
 * owned, user_free(). The hash stays out of memory, except where it is asked for: to sign in.
 */
ERR_CHECKED enum err users_find(struct db *db, const char *username_key, struct user **user);
ERR_CHECKED enum err users_find_by_id(struct db *db, int64_t id, struct user **user);
ERR_CHECKED enum err users_find_with_hash(struct db *db, const char *username_key,
    struct user **user);

/*
 * Visits up to limit users with an id above after, in the order of ids; visit borrows the user,
 * without the hash, and may use the database. Whatever their number, a few are in memory at a
 * time, and the database is not locked while they are visited.
 */
ERR_CHECKED enum err users_list(struct db *db, int64_t after, int64_t limit,
    void (*visit)(const struct user *user, void *arg), void *arg);

/*
 * Does the same with the hashes. They are in memory for a moment, and wiped.
 */
ERR_CHECKED enum err users_list_with_hashes(struct db *db, int64_t after, int64_t limit,
    void (*visit)(const struct user *user, void *arg), void *arg);

/*
 * Visits the hashes of all users. They are read in pages, so the database is locked for a moment
 * at a time. The hash is borrowed.
 */
ERR_CHECKED enum err users_visit_hashes(struct db *db,
    void (*visit)(const char *hashed_password, void *arg), void *arg);

/*
 * Adds a user, in a transaction, as given, but for user->id and created_at, which are set.
 * ERR_CONFLICT: something that is unique exists already; users_explain_conflict() tells what.
 */
ERR_CHECKED enum err users_add(struct db_connection *connection, struct user *user);

/*
 * Tells, outside of the transaction, why a user was not added: ERR_NAME_TAKEN when somebody has
 * the key; ERR_CONFLICT when an index of the application that the table was taken over from wants
 * something else to be unique, such as the email address.
 */
ERR_CHECKED enum err users_explain_conflict(struct db *db, const struct user *user);

/*
 * Finds, in a transaction and before anything else in it, the highest id that a user has or ever
 * had; 0: there was never one. Until the transaction ends nobody else adds or changes a user.
 */
ERR_CHECKED enum err users_find_highest_id(struct db_connection *connection, int64_t *highest);

/*
 * Adds a user, after users_find_highest_id(), all of it as given; an id of 0 becomes a new one,
 * which is set. Returns ERR_NAME_TAKEN when the key exists, with *present the id of the user who
 * has it; ERR_CONFLICT when something else that is unique exists already, or a trigger of an
 * application ignores the user. After either, others can still be added.
 */
ERR_CHECKED enum err users_import(struct db_connection *connection, struct user *user,
    int64_t *present);

/*
 * Ends, in the same transaction, what users_import() was called for, unless all of it is to be
 * undone: no id that was given is given to a new user again.
 */
ERR_CHECKED enum err users_end_import(struct db_connection *connection);

/*
 * Replaces a hash by another of the same password, where expected still stands (else nothing
 * changes, and it is ERR_OK): so an upgrade never undoes a password change. ERR_NO_USER: no such
 * user.
 */
ERR_CHECKED enum err users_upgrade_password(struct db *db, int64_t id, const char *expected,
    const char *hashed_password);

/*
 * Keeps others from changing a user, and from adding what is the user's, until the transaction
 * ends. What a transaction does to a user and to what is the user's begins with this, unless it
 * begins with a change of the user. ERR_NO_USER: no such user.
 */
ERR_CHECKED enum err users_lock(struct db_connection *connection, int64_t id);

/*
 * Notes, in a transaction, that the user signs in, if the user is active and nothing has ended
 * everything of the user since signed_out_at was read. Else ERR_NO_USER. Whatever ends everything
 * of the user waits until the transaction ends.
 */
ERR_CHECKED enum err users_note_sign_in(struct db_connection *connection, int64_t id,
    int64_t signed_out_at, int64_t now);

/* Change one thing about a user, in a transaction. ERR_NO_USER: no such user. */
ERR_CHECKED enum err users_enable(struct db_connection *connection, int64_t id);
ERR_CHECKED enum err users_set_scope(struct db_connection *connection, int64_t id,
    const char *scope);
/*
 * Changes what is given; ERR_CONFLICT as for users_add(). An address that changes is not verified,
 * unless that is given as well; and where there is none, none is. It also voids the user's
 * tickets: who reads the mail of the old one may have a link.
 */
ERR_CHECKED enum err users_set_profile(struct db_connection *connection, int64_t id,
    const struct profile *profile);

/*
 * Checks, in a transaction and until its end, that the user is active and nothing has ended
 * everything of the user since signed_out_at was read: so what a password proved then still holds.
 * Else ERR_NO_USER.
 */
ERR_CHECKED enum err users_check_signed_out(struct db_connection *connection, int64_t id,
    int64_t signed_out_at);

/* Checks likewise that the user is active and still has that email address. */
ERR_CHECKED enum err users_check_email(struct db_connection *connection, int64_t id,
    const char *email);

/*
 * Change a user, or delete one, in a transaction that also ends everything of the user: see
 * grants_end_all(). ERR_NO_USER: no such user. ERR_REFERENCED: a table of an application refers to
 * the user who was to be deleted.
 */
ERR_CHECKED enum err users_set_password(struct db_connection *connection, int64_t id,
    const char *hashed_password);
ERR_CHECKED enum err users_disable(struct db_connection *connection, int64_t id);
ERR_CHECKED enum err users_delete(struct db_connection *connection, int64_t id);

#endif
