/*
 * audit: logs what was done to whom, and by whom. These are lines of the log; rows of the table
 * audit are written in the transaction that they tell of, see store/audits.h.
 */
#ifndef BEARWARD_ACCOUNT_AUDIT_H
#define BEARWARD_ACCOUNT_AUDIT_H

#include "account/context.h"
#include "store/grants.h"
#include "store/users.h"

enum { AUDIT_ID_LEN = 16 };	/* bytes of the id of a grant, and of a session */

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

/* Logs that something has been done with a key, as audit_user() does. event is static. */
void audit_key(const struct context *context, const char *event, const char *kid);

/*
 * Logs that failed attempts were forgiven: those of a network, or of all for NULL.
 */
void audit_forgiven(const struct context *context, const char *network);

/*
 * Logs that a sign-in was refused, and why; reason is static. user is NULL where nobody has the
 * name: what was typed is never logged, because people type passwords into name fields.
 */
void audit_refusal(const struct context *context, const struct user *user, const char *reason);

/* Logs that something has been done with the credential of a service. event is static. */
void audit_introspector(const struct context *context, const char *event, const char *name);

/* Logs that the credential that was shown is none. What was shown is never logged. */
void audit_introspector_refusal(const struct context *context);

#endif
