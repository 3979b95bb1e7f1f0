/*
 * find: looks a user up by the name as somebody typed it.
 */
#ifndef BEARWARD_ACCOUNT_FIND_H
#define BEARWARD_ACCOUNT_FIND_H

#include "account/context.h"
#include "store/users.h"

/*
 * Gives the user of that name, without the hash; NULL when there is none. *user is owned. Returns
 * ERR_STORAGE or ERR_MEMORY on failure.
 */
ERR_CHECKED enum err find_user(struct context *context, const char *username, struct user **user);

#endif
