/*
 * self: what people do to their own accounts (protocol section 20). The rules are the same for a
 * program, which has a bearer token, and for a browser, which has the cookie.
 *
 * Whoever has stolen a token or a cookie must not get the account with it: a new password, another
 * email address and the end of the account take the current password (account/prove.h). Each is
 * one transaction, which is refused as if that had been wrong when everything of the user has been
 * ended since the request came: of two changes at once that show the same password, one is made.
 *
 * Every change leaves a log line. Besides what is said there, each function may return ERR_STORAGE
 * or ERR_MEMORY, and then has changed nothing.
 */
#ifndef BEARWARD_ACCOUNT_SELF_H
#define BEARWARD_ACCOUNT_SELF_H

#include "account/context.h"
#include "store/users.h"
#include "text/profile.h"

/* As they were typed; borrowed, secret. */
struct self_passwords {
	const char *current;
	const char *new;
};

/*
 * Gives user a new password, and ends everything that the user was given, as end_all() does, but
 * for the grant that the change is asked for with: keeps, GRANTS_ID_LEN bytes, or NULL for none.
 * user is then as it is afterwards: good for browser_begin().
 * Returns ERR_FIELDS, with the broken rule in the context's faults (field "new_password"), before
 * the current password is looked at; ERR_OVERLOADED; or what prove_password() does.
 */
ERR_CHECKED enum err self_change_password(struct context *context, struct user *user,
    const struct self_passwords *passwords, const unsigned char *keeps);

/*
 * Changes what is given of user's email address and display name; it ends nothing. An address that
 * changes is not verified. current is the current password, which it takes to change the address,
 * and is not looked at otherwise; NULL: it was not given. Returns ERR_FIELDS, with all faults in
 * the context's, also when an application allows what is given to one user only, who is another;
 * ERR_TOKEN when the user is gone; or what prove_password() does.
 */
ERR_CHECKED enum err self_set_profile(struct context *context, const struct user *user,
    const struct profile *profile, const char *current);

/*
 * Ends what user was given: the session or grant of an id, "others" for all but that of the
 * request, or "all". current is the id of that one, as struct session has it; "" for none, and
 * then nothing is left of the others either. Returns ERR_NO_SESSION when user has no such one that
 * is alive, and ERR_TOKEN when the user is gone.
 */
ERR_CHECKED enum err self_end(struct context *context, const struct user *user,
    const char *which, const char *current);

/*
 * Deletes user for ever, with everything that the user was given; nobody else gets the id. current
 * is the current password. Returns ERR_IN_USE when a table of an application refers to the user,
 * or what prove_password() does.
 */
ERR_CHECKED enum err self_delete(struct context *context, const struct user *user,
    const char *current);

#endif
