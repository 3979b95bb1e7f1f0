/*
 * user_list: lists users by what they are.
 */
#ifndef BEARWARD_ACCOUNT_USER_LIST_H
#define BEARWARD_ACCOUNT_USER_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "account/context.h"
#include "store/users.h"

/* Which users to list: those of whom all is true that is asked for. */
struct user_list {
	int64_t after;		/* with an id above this one */
	int64_t limit;		/* so many at most */
	const char *match;	/* a part of the name, the email address or the display name, as
				 * search.h finds it; NULL: whatever they are */
	bool is_disabled;	/* refused at sign-in */
	bool is_without_password;	/* no password lets them in: the stored hash is "", of no
					 * scheme that can be checked, or asks for too much */
	bool is_with_old_hash;	/* a password lets them in, and its hash is of another kind than
				 * ours, or cheaper: the next sign-in replaces it */
};

/*
 * Visits them in the order of ids; visit borrows the user and may use the database. Whatever their
 * number, a few are in memory at a time. Returns ERR_REFUSED when match is not UTF-8; ERR_STORAGE
 * or ERR_MEMORY.
 */
ERR_CHECKED enum err user_list_visit(struct context *context, const struct user_list *wanted,
    void (*visit)(const struct user *user, void *arg), void *arg);

#endif
