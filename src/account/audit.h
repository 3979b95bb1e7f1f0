/*
 * audit: tells what was done to whom, and by whom: in lines of the log, and in rows of the table
 * audit (protocol section 39), which are written in the transaction that they tell of.
 *
 * A row has numbers and fixed words: no name that was typed, no password, token or digest. Details
 * may be names that administrators have given: of scopes, groups, keys and credentials.
 */
#ifndef BEARWARD_ACCOUNT_AUDIT_H
#define BEARWARD_ACCOUNT_AUDIT_H

#include <stdbool.h>

#include "account/context.h"
#include "base/network.h"
#include "store/audits.h"
#include "store/grants.h"
#include "store/users.h"
#include "text/profile.h"

enum {
	AUDIT_ID_LEN = 16,	/* bytes of the id of a grant, and of a session */
	AUDIT_ACTOR_SIZE = 160,
};

/* ---- rows */

/* Who does something, and from where, as rows have it. */
struct audit_author {
	char actor[AUDIT_ACTOR_SIZE];
	char network[NETWORK_SIZE];	/* a coarse one; "" for a command */
};

/*
 * Returns the row of what happens to a user, or to none for NULL, at the moment of the context: a
 * command does it, or whoever the context says acts upon others, or the user. It borrows event,
 * detail (NULL: none) and from author, which is filled in. The caller may change it, and adds it
 * with audits_add(). event is one of audit_events.
 */
struct audits_row audit_describe(const struct context *context, const struct user *user,
    const char *event, const char *detail, struct audit_author *author);

/* Writes a row of that in a transaction of its own. Returns ERR_STORAGE or ERR_MEMORY. */
ERR_CHECKED enum err audit_write(const struct context *context, const struct user *user,
    const char *event, const char *detail);

/*
 * Writes, in the same way, that a user has read something: one row, as long as nothing else comes
 * between. What cannot be written is logged and changes nothing.
 */
void audit_note(const struct context *context, const struct user *user, const char *event);

/*
 * Adds the rows of a change of a user's profile, in its transaction: which parts of it are new,
 * and the groups. It costs nobody a password: who changes it again and again gets one row.
 */
ERR_CHECKED enum err audit_profile(struct db_connection *connection,
    const struct context *context, const struct user *user, const struct profile *profile);

/* All events that rows have; NULL ends them. */
extern const char *const audit_events[];

/* Returns whether any of them is called so, or has these whole words. */
bool audit_is_event(const char *words);

/* ---- lines of the log */

/*
 * Logs that something has been done to a user: event=... user=... uid=..., and client=ADDRESS or,
 * for a command, by=ACCOUNT. detail goes into the field `detail` unless it is NULL. event is
 * static.
 */
void audit_user(const struct context *context, const char *event, const struct user *user,
    const char *detail);

/*
 * Logs that a grant or a session of a user was ended, and why: event="grant ended" user=...
 * uid=... grant=... reason=..., and who did it. what is "grant" or "session"; id has AUDIT_ID_LEN
 * bytes; reason is static.
 */
void audit_ended(const struct context *context, const struct user *user, const char *what,
    const unsigned char *id, const char *reason);

/*
 * Logs, as a warning, that a grant was ended because a refresh token of it was used that had been
 * replaced: two have it. event="refresh token reused" user=... uid=... grant=... client=ADDRESS,
 * which is that of this use, and signed_in_from=..., the network where the grant began.
 */
void audit_reuse(const struct context *context, const struct user *user,
    const struct grant *grant);

/* Log that so many users were imported, or that all of them are exported, and by whom. */
void audit_import(const struct context *context, int64_t users);
void audit_export(const struct context *context);

/* Logs that all users were moved from one database to another, and by whom. */
void audit_move(const struct context *context, const char *from, const char *to);

/* Logs that a backup was made, or brought back: where it is, how many users it has, by whom. */
void audit_backup(const struct context *context, const char *event, const char *file,
    int64_t users);

/*
 * Logs that a message with a link was asked for; user is NULL where nobody has the name. detail as
 * above: why there will be none.
 */
void audit_link_asked(const struct context *context, const struct user *user,
    const char *detail);

/* Logs that something has been done with a key, as audit_user() does. event is static. */
void audit_key(const struct context *context, const char *event, const char *kid);

/*
 * Logs that failed attempts were forgiven: those of a network, or of all for NULL.
 */
void audit_forgiven(const struct context *context, const char *network);

/* Logs that something has been done with the credential of a service. event is static. */
void audit_introspector(const struct context *context, const char *event, const char *name);

/* ---- refusals: event="... refused" user=... reason=... client=ADDRESS. A reason is one token. */

/*
 * Logs that a sign-in was refused for what was shown, and why, and counts it in the audit: one row
 * for a user and hour, whatever the network. reason is static. user is NULL where nobody has the
 * name: what was typed is never logged, because people type passwords into name fields. Such names
 * have a row together, which is written in the same way: the time must not tell who exists. What
 * cannot be written changes nothing.
 */
void audit_refusal(const struct context *context, const struct user *user, const char *reason);

/* Logs that a sign-in was refused without a look at what was shown, because of err. */
void audit_unchecked(const struct context *context, const struct user *user, enum err err);

/* Logs that a refresh token was refused; user is NULL where it is not known whose it is. */
void audit_refresh_refusal(const struct context *context, const struct user *user,
    const char *reason);

/*
 * Logs that a link was refused; user is NULL where it is not known whose it is. What was shown is
 * never logged.
 */
void audit_link_refusal(const struct context *context, const struct user *user);

/* Logs that the credential that was shown is none. What was shown is never logged. */
void audit_introspector_refusal(const struct context *context);

#endif
