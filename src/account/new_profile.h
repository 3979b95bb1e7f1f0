/*
 * new_profile: checks what is to be told of a user beside the name.
 */
#ifndef BEARWARD_ACCOUNT_NEW_PROFILE_H
#define BEARWARD_ACCOUNT_NEW_PROFILE_H

#include "account/context.h"
#include "text/profile.h"

/* Checks what is given of a profile. Returns ERR_FIELDS, with all faults in the context's. */
ERR_CHECKED enum err new_profile_check(struct context *context, const struct profile *profile);

#endif
