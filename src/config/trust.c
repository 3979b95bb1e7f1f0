/* trust: refuses a settings file that another account could change. */
#include "config/trust.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/owner.h"

/* Who may own the settings. */
struct trust {
	uid_t account;		/* besides root */
	uid_t wanted;		/* whom they should be given to */
};

/* What two accounts use, in a directory that is open to a group, is best root's. */
static struct trust
find_trust(const char *state_dir)
{
	struct stat st;
	const uid_t us = geteuid();

	if (stat(state_dir, &st) != 0)
		return (struct trust){ us, us };
	if (us == 0)
		return (struct trust){ st.st_uid, st.st_uid };
	return (struct trust){ us, st.st_uid != us && owner_of(&st).is_shared ? 0 : us };
}

static void
check_owner(struct loading *loading, const struct stat *st, const char *path,
    const struct trust *trust)
{
	char owner[OWNER_NAME_SIZE], wanted[OWNER_NAME_SIZE];

	if (st->st_uid == 0 || st->st_uid == trust->account)
		return;
	owner_show(trust->wanted, wanted);
	loading_mistake(loading, 0, "%s belongs to %s, who could change the settings; give it to "
	    "%s: chown %lu %s", path, owner_show(st->st_uid, owner), wanted,
	    (unsigned long)trust->wanted, path);
}

static void
check_mode(struct loading *loading, const struct stat *st, const char *path)
{
	/* What is written to a device such as /dev/null changes no settings. */
	if (S_ISREG(st->st_mode) && (st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		loading_mistake(loading, 0, "others may write the settings (mode %04o); forbid "
		    "it: chmod go-w %s", (unsigned)st->st_mode & 07777, path);
}

static void
check_directory(struct loading *loading, const char *dir, const struct trust *trust)
{
	struct stat st;

	if (stat(dir, &st) == -1) {
		loading_mistake(loading, 0, "%s cannot be reached: %s", dir, strerror(errno));
		return;
	}
	check_owner(loading, &st, dir, trust);
	if ((st.st_mode & S_IWOTH) != 0 && (st.st_mode & S_ISVTX) == 0)
		loading_mistake(loading, 0, "others may replace the settings, because %s is open "
		    "to them (mode %04o); close it: chmod o-w %s", dir,
		    (unsigned)st.st_mode & 07777, dir);
}

void
trust_check(struct loading *loading, int fd, const char *path, const char *state_dir)
{
	const size_t len = (size_t)(strrchr(path, '/') - path);
	char *dir = strndup(path, len > 0 ? len : 1);
	struct trust trust;
	struct stat st;

	if (dir == NULL || state_dir == NULL || fstat(fd, &st) == -1) {
		loading_mistake(loading, 0, "cannot be checked: %s", strerror(errno));
		free(dir);
		return;
	}
	trust = find_trust(state_dir);
	check_owner(loading, &st, path, &trust);
	check_mode(loading, &st, path);
	check_directory(loading, dir, &trust);
	free(dir);
}
