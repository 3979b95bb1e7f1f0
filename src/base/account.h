/*
 * account: changes the account of the process, for good.
 */
#ifndef BEARWARD_BASE_ACCOUNT_H
#define BEARWARD_BASE_ACCOUNT_H

#include <stdbool.h>
#include <sys/types.h>

/* Returns true when the process runs as root, or could become root again. */
bool account_is_root(void);

#define ACCOUNT_NO_GROUP ((gid_t)-1)

/*
 * Makes the process, which runs as root, one of the account uid: its groups, its group, its user.
 * group is one more that it is to be a member of, or ACCOUNT_NO_GROUP. There is no way back.
 * Returns false, with errno set, when that failed; then the process must end, because it may be
 * changed in part.
 */
bool account_become(uid_t uid, gid_t group);

#endif
