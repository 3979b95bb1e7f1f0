/*
 * link: links that set a password, good once and for a while (protocol section 37): for who has
 * forgotten it, and for who is invited and has none yet.
 *
 * A link has 32 random bytes; the database keeps their digest. Looking at a link uses nothing up,
 * since programs that check mails open the links in them. Whatever ends everything of a user
 * (account/end.h) voids the user's links, too, and so do another address and using one of them.
 */
#ifndef BEARWARD_ACCOUNT_LINK_H
#define BEARWARD_ACCOUNT_LINK_H

#include "account/context.h"
#include "base/text.h"
#include "store/db.h"
#include "store/users.h"

enum {
	LINK_SECRET_LEN = 32,		/* bytes, before base64url */
	LINK_TOKEN_LEN = 43,		/* its characters: base64url has no padding */
	LINK_TOKEN_SIZE = LINK_TOKEN_LEN + 1,
	LINK_ADDRESS_SIZE = 512,
};

enum link_kind {
	LINK_PASSWORD,			/* good for link_ttl */
	LINK_INVITATION,		/* good for invitation_ttl */
};

/* Returns how many seconds a new link of a kind is good for. */
long link_ttl(const struct config *config, enum link_kind kind);

/*
 * Writes the address that people open. Returns false where the settings do not say under which
 * address that is: public_url_get().
 */
bool link_address(const struct config *config, const char *token,
    char address[LINK_ADDRESS_SIZE]);

/*
 * Makes a link for a user, from the context's moment on, and voids the older ones; token is the
 * secret. Returns ERR_INACTIVE for a user who is disabled, whose link would be refused;
 * ERR_NO_USER when the user has just been deleted; ERR_STORAGE, ERR_MEMORY or ERR_INTERNAL.
 */
ERR_CHECKED enum err link_make(struct context *context, const struct user *user,
    enum link_kind kind, char token[LINK_TOKEN_SIZE]);

/*
 * Makes an invitation for the user of a name, and first the user, as register_invited() does,
 * where there is none; *user is owned. Returns ERR_NAME_TAKEN for a user who has a password;
 * or what register_invited() and link_make() do.
 */
ERR_CHECKED enum err link_invite(struct context *context, const char *username,
    struct user **user, char token[LINK_TOKEN_SIZE]);

/*
 * Makes a link in a transaction of the caller's, and leaves the older ones: whoever asks for a
 * message with a link may be a stranger, who must not void what the user is about to use. Returns
 * what db_run() does, or ERR_INTERNAL.
 */
ERR_CHECKED enum err link_add(struct db_connection *connection, const struct context *context,
    const struct user *user, enum link_kind kind, char token[LINK_TOKEN_SIZE]);

/*
 * Finds whose link it is, and of which kind; *user is owned, without the hash. Returns ERR_LINK
 * when it was used, is too old, never was, or its user is disabled; ERR_STORAGE or ERR_MEMORY.
 */
ERR_CHECKED enum err link_find(struct context *context, const char *token, struct user **user,
    enum link_kind *kind);

/*
 * Uses a link up: sets the user's password, and ends everything that the user was given, in one
 * transaction. *user is owned, as it is afterwards: good for browser_begin(). Of many who use one
 * link at the same time, one succeeds. Returns ERR_LINK as link_find() does; ERR_FIELDS when the
 * password breaks a rule, which is in the context's faults; ERR_ATTEMPTS when this network has
 * tried too many that are none; ERR_OVERLOADED, ERR_STORAGE, ERR_MEMORY or ERR_INTERNAL. The link
 * is as good as before then.
 */
ERR_CHECKED enum err link_use(struct context *context, const char *token, const char *password,
    struct user **user);

/*
 * Asks for a message with a link to the user of a name that was typed. What comes back, what is
 * written, and how long it takes are the same where nobody has the name, the user has no address
 * or is disabled, or has asked too often. Returns ERR_ATTEMPTS when this network has tried too
 * much; ERR_STORAGE or ERR_MEMORY.
 */
ERR_CHECKED enum err link_ask(struct context *context, const char *username);

#endif
