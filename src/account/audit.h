/*
 * audit: the log lines about what was done to whom, and by whom.
 */
#ifndef BEARWARD_ACCOUNT_AUDIT_H
#define BEARWARD_ACCOUNT_AUDIT_H

#include "account/context.h"
#include "store/users.h"

/*
 * Logs that something has been done to a user: event=... user=... uid=..., and client=ADDRESS or,
 * for a command, by=ACCOUNT. detail goes into the field `detail` unless it is NULL. event is static.
 */
void audit_user(const struct context *context, const char *event, const struct user *user,
    const char *detail);

/* Logs that a key was added. */
void audit_key(const struct context *context, const char *event, const char *kid);

/*
 * Logs a sign-in that was refused, for a reason in static words. user is NULL where there is none
 * of that name: what was typed is never logged, since people type passwords into name fields.
 */
void audit_refusal(const struct context *context, const struct user *user, const char *reason);

#endif
