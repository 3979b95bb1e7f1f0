/*
 * message: what users are told by mail, or by whatever `notify` names (protocol section 37). A
 * message is a row, written in the transaction that it tells of, and delivered afterwards.
 */
#ifndef BEARWARD_ACCOUNT_MESSAGE_H
#define BEARWARD_ACCOUNT_MESSAGE_H

#include "account/context.h"
#include "store/db.h"
#include "store/users.h"

enum message_kind {
	MESSAGE_NONE,
	MESSAGE_LINK,			/* a link to a new password, which was asked for */
	MESSAGE_PASSWORD_CHANGED,
	MESSAGE_REUSE,			/* two had one refresh token */
	MESSAGE_NEW_BROWSER,
};

/*
 * Adds a message to a user, in a transaction. Nothing is added for MESSAGE_NONE, without `notify`,
 * or to a user without an email address. For MESSAGE_LINK a row is added all the same, also for
 * NULL, so that writing takes as long for names that nobody has; nobody gets those. Returns what
 * db_run() does.
 */
ERR_CHECKED enum err message_add(struct db_connection *connection, const struct context *context,
    enum message_kind kind, const struct user *user);

#endif
