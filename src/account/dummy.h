/*
 * dummy: which kind of hash a sign-in computes for a name that nobody has, or whose hash cannot be
 * checked.
 *
 * The kinds of all users' hashes are counted (`hash_kinds`). The numbers and the key that chooses
 * are in the file hash.kinds of the state directory, so that all processes choose alike, and go on
 * to do so after a restart. Whoever finds the numbers older than an hour counts anew; the others
 * use the old numbers meanwhile.
 */
#ifndef BEARWARD_ACCOUNT_DUMMY_H
#define BEARWARD_ACCOUNT_DUMMY_H

#include "account/context.h"
#include "hash/password.h"

/*
 * Chooses the kind for a name with that key (username_key()); "" when no user has a hash. Returns
 * ERR_STORAGE, logged, when the file or the database cannot be used, or ERR_INTERNAL.
 */
ERR_CHECKED enum err dummy_choose(struct context *context, const char *username_key,
    char kind[PASSWORD_KIND_SIZE]);

/*
 * Makes the next sign-in that needs the numbers count the users anew. Call it when many users have
 * been added. Logs a failure.
 */
void dummy_expire(struct context *context);

#endif
