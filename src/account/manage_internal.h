/*
 * manage_internal: tells the audit what an administrator does. For this room alone.
 */
#ifndef BEARWARD_ACCOUNT_MANAGE_INTERNAL_H
#define BEARWARD_ACCOUNT_MANAGE_INTERNAL_H

#include "account/context.h"

/*
 * Tells the audit, if there is a database, of what cannot be in a transaction with it, nor need a
 * database that can be changed: whoever may do this may also copy keys and hashes from where they
 * are. A failure is logged. detail is NULL for none.
 */
void manage_tell_audit(const struct context *context, const char *event, const char *detail);

#endif
