/*
 * message: what users are told by mail, or by whatever `notify` names (protocol section 37). A
 * message is a row, written in the transaction that it tells of, and delivered afterwards: see
 * account/delivery.h.
 */
#ifndef BEARWARD_ACCOUNT_MESSAGE_H
#define BEARWARD_ACCOUNT_MESSAGE_H

#include "account/context.h"
#include "store/db.h"
#include "store/outbox.h"
#include "store/users.h"
#include "text/agent.h"
#include "text/profile.h"

enum message_kind {
	MESSAGE_NONE,
	MESSAGE_LINK,			/* a link to a new password, which was asked for */
	MESSAGE_PASSWORD_CHANGED,
	MESSAGE_EMAIL_CHANGED,		/* goes to the address that was left */
	MESSAGE_REUSE,			/* two had one refresh token */
	MESSAGE_NEW_BROWSER,
};

/*
 * Adds a message to a user, in a transaction. Nothing is added for MESSAGE_NONE, without `notify`,
 * to a user without an email address, or to one who has just had too many of that kind, which is
 * logged. For MESSAGE_LINK a row is added all the same, also for NULL, so that writing takes as
 * long for names that nobody has; nobody gets those. The context keeps its id, so that it is
 * delivered once the transaction is committed. Returns what db_run() does.
 */
ERR_CHECKED enum err message_add(struct db_connection *connection, struct context *context,
    enum message_kind kind, const struct user *user);

/*
 * Adds, in the same way, that the address of the user is another now, if what is given of profile
 * changes it. user is as before the change, and the message goes to the address there.
 */
ERR_CHECKED enum err message_add_of_profile(struct db_connection *connection,
    struct context *context, const struct user *user, const struct profile *profile);

enum { MESSAGE_LANGUAGE_SIZE = 101, MESSAGE_ADDRESS_SIZE = 256, MESSAGE_DATA_SIZE = 1024 };

/* A message that is written by a function of store/, in a transaction of its own. */
struct message_draft {
	struct outbox_row *message;		/* what that function is given: row, or NULL */
	struct outbox_row row;
	char data[MESSAGE_DATA_SIZE];
};

/*
 * Prepares a message to a user, outside of the transaction; none where message_add() would add
 * nothing. message_note() follows once it is committed. Returns ERR_STORAGE or ERR_MEMORY where
 * it cannot be told whether the user has had too many.
 */
ERR_CHECKED enum err message_draft(const struct context *context, enum message_kind kind,
    const struct user *user, struct message_draft *draft);

/* Notes in the context that a row, unless it is NULL, was added: so that it is delivered. */
void message_note(struct context *context, const struct outbox_row *row);

/* What a row says: about what, when, and whose doing that was. */
struct message_facts {
	enum message_kind kind;
	int64_t at;			/* seconds since 1970 */
	char language[MESSAGE_LANGUAGE_SIZE];	/* Accept-Language of whoever did it; or "" */
	char network[NETWORK_SIZE];	/* "": it was done by a command */
	char agent[AGENT_SIZE];		/* short name of the program; or "" */
	char to[MESSAGE_ADDRESS_SIZE];	/* where it goes; "": to the address of the user */
};

/* Reads it. Returns false for a row that this version has not written. */
bool message_read(const char *kind, const char *data, struct message_facts *facts);

/* Returns the name of a kind as rows, logs and templates have it: "password_changed". */
const char *message_name(enum message_kind kind);

#endif
