/* account: changes the account of the process, for good. */
#include "base/account.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <unistd.h>

bool
account_is_root(void)
{
	uid_t real, effective, saved;

	return getresuid(&real, &effective, &saved) != 0 || real == 0 || effective == 0 ||
	    saved == 0;
}

/* An account without an entry has its number and no group of its own. */
static bool
leave_groups(uid_t uid)
{
	const struct passwd *entry = getpwuid(uid);

	if (entry == NULL)
		return setgroups(0, NULL) == 0 && setresgid((gid_t)uid, (gid_t)uid,
		    (gid_t)uid) == 0;
	return initgroups(entry->pw_name, entry->pw_gid) == 0 &&
	    setresgid(entry->pw_gid, entry->pw_gid, entry->pw_gid) == 0;
}

static bool
join(gid_t group)
{
	gid_t groups[NGROUPS_MAX + 1];
	const int count = getgroups(NGROUPS_MAX, groups);

	if (count < 0)
		return false;
	groups[count] = group;
	return setgroups((size_t)count + 1, groups) == 0;
}

bool
account_become(uid_t uid, gid_t group)
{
	if (!leave_groups(uid) || (group != ACCOUNT_NO_GROUP && !join(group)) ||
	    setresuid(uid, uid, uid) != 0)
		return false;
	errno = EPERM;
	return uid == 0 || !account_is_root();
}
