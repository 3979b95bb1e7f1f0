/*
 * user_activity: what an administrator asks first about a user who calls: when and from where the
 * last sign-in was, what was refused since, and what is signed in.
 */
#ifndef BEARWARD_ACCOUNT_USER_ACTIVITY_H
#define BEARWARD_ACCOUNT_USER_ACTIVITY_H

#include <stdint.h>

#include "account/context.h"
#include "base/network.h"
#include "store/users.h"

struct user_activity {
	int64_t signed_in_at;		/* the last time that the audit tells of; 0: of none */
	char network[NETWORK_SIZE];	/* from where that was; "" as well when not known */
	int64_t failed;			/* sign-ins refused since then, or since it tells at all */
	int64_t browsers, programs;	/* signed in now */
};

/* Finds it. Needs the database and the file of uses. Returns ERR_STORAGE or ERR_MEMORY. */
ERR_CHECKED enum err user_activity_find(struct context *context, const struct user *user,
    struct user_activity *activity);

#endif
