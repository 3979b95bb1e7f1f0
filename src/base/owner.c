/* owner: checks that files belong to our account, and are closed to all others but a group. */
#include "base/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OF_OTHERS = S_IRWXG | S_IRWXO };

/* Threads look at their files, too, and so it has memory of its own. */
const char *
owner_show(uid_t uid, char shown[OWNER_NAME_SIZE])
{
	char memory[1024];
	struct passwd entry, *found = NULL;

	if (getpwuid_r(uid, &entry, memory, sizeof(memory), &found) == 0 && found != NULL)
		snprintf(shown, OWNER_NAME_SIZE, "%s", entry.pw_name);
	else
		snprintf(shown, OWNER_NAME_SIZE, "user %lu", (unsigned long)uid);
	return shown;
}

const char *
owner_show_group(gid_t gid, char shown[OWNER_NAME_SIZE])
{
	char memory[4096];
	struct group entry, *found = NULL;

	if (getgrgid_r(gid, &entry, memory, sizeof(memory), &found) == 0 && found != NULL)
		snprintf(shown, OWNER_NAME_SIZE, "%s", entry.gr_name);
	else
		snprintf(shown, OWNER_NAME_SIZE, "group %lu", (unsigned long)gid);
	return shown;
}

struct owner
owner_of(const struct stat *directory)
{
	return (struct owner){
		.account = directory->st_uid, .group = directory->st_gid,
		.is_shared = (directory->st_mode & 07777) == OWNER_SHARED_DIRECTORY,
	};
}

bool
owner_is_closed(const struct owner *owner, const struct stat *st, mode_t rights)
{
	const mode_t allowed = owner->is_shared && st->st_gid == owner->group ? rights : 0;

	return (st->st_mode & OF_OTHERS & ~allowed) == 0;
}

/* Describes why stat() failed. On shared hosting, programs often run as the web server does. */
static void
describe_unreachable(const char *path, char fault[OWNER_FAULT_SIZE])
{
	char us[OWNER_NAME_SIZE];
	int reason = errno;

	if (reason == ENOENT)
		snprintf(fault, OWNER_FAULT_SIZE, "%s does not exist; `bearward init` creates it",
		    path);
	else
		snprintf(fault, OWNER_FAULT_SIZE, "%s cannot be reached: %s (this program runs "
		    "as %s)", path, strerror(reason), owner_show(geteuid(), us));
}

static void
describe_foreign(const char *path, uid_t account, char fault[OWNER_FAULT_SIZE])
{
	char owner[OWNER_NAME_SIZE], us[OWNER_NAME_SIZE];

	owner_show(account, owner);
	snprintf(fault, OWNER_FAULT_SIZE, "%s belongs to %s, but this program runs as %s; "
	    "run it as %s", path, owner, owner_show(geteuid(), us), owner);
}

static void
describe_open(const char *path, mode_t mode, mode_t wanted, char fault[OWNER_FAULT_SIZE])
{
	snprintf(fault, OWNER_FAULT_SIZE, "%s is open to others (mode %04o); close it: "
	    "chmod %o %s", path, (unsigned)mode & 07777, (unsigned)wanted, path);
}

static void
describe_unshared(const char *path, const struct owner *owner, char fault[OWNER_FAULT_SIZE])
{
	char name[OWNER_NAME_SIZE], group[OWNER_NAME_SIZE], us[OWNER_NAME_SIZE];

	owner_show(owner->account, name);
	owner_show_group(owner->group, group);
	snprintf(fault, OWNER_FAULT_SIZE, "%s is open to %s and to members of %s, but this "
	    "program runs as %s, which is none; run it as %s, or make %s a member", path, name,
	    group, owner_show(geteuid(), us), name, us);
}

static bool
is_member(gid_t group)
{
	return getegid() == group || group_member(group);
}

bool
owner_find(const char *path, struct owner *owner, char fault[OWNER_FAULT_SIZE])
{
	struct stat st;

	if (stat(path, &st) == -1) {
		describe_unreachable(path, fault);
		return false;
	}
	*owner = owner_of(&st);
	if (st.st_uid != geteuid() && !owner->is_shared)
		describe_foreign(path, st.st_uid, fault);
	else if (st.st_uid != geteuid() && !is_member(st.st_gid))
		describe_unshared(path, owner, fault);
	else if (!owner->is_shared && (st.st_mode & OF_OTHERS) != 0)
		describe_open(path, st.st_mode, 0700, fault);
	else
		return true;
	return false;
}

bool
owner_check(const char *path, char fault[OWNER_FAULT_SIZE])
{
	struct owner owner;

	if (!owner_find(path, &owner, fault))
		return false;
	if (owner.account == geteuid())
		return true;
	describe_foreign(path, owner.account, fault);
	return false;
}

bool
owner_check_file(const char *directory, const char *path, char fault[OWNER_FAULT_SIZE])
{
	struct owner owner;
	struct stat st;

	if (!owner_find(directory, &owner, fault))
		return false;
	if (stat(path, &st) == -1)
		describe_unreachable(path, fault);
	else if (st.st_uid != owner.account)
		describe_foreign(path, st.st_uid, fault);
	else if (!owner_is_closed(&owner, &st, OWNER_SHARED_FILE & S_IRWXG))
		describe_open(path, st.st_mode, owner.is_shared ? OWNER_SHARED_FILE : 0600, fault);
	else if (st.st_uid != geteuid() && (st.st_mode & OF_OTHERS) == 0)
		snprintf(fault, OWNER_FAULT_SIZE, "%s is not open to the group of %s; open it: "
		    "bearward init", path, directory);
	else
		return true;
	return false;
}

/* Tells whether the directory that a path names a file in is shared. */
static bool
is_in_shared(const char *path)
{
	const char *slash = strrchr(path, '/');
	char directory[PATH_MAX];
	struct stat st;

	snprintf(directory, sizeof(directory), "%.*s", slash == NULL ? 1 :
	    slash == path ? 1 : (int)(slash - path), slash == NULL ? "." : path);
	return stat(directory, &st) == 0 && owner_of(&st).is_shared;
}

int
owner_make_file(const char *path, int flags)
{
	const int fd = open(path, flags | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	/* The umask takes the group's rights away; the group comes from the directory. */
	if (fd >= 0 && is_in_shared(path))
		(void)fchmod(fd, OWNER_SHARED_FILE);
	return fd;
}

int
owner_open_file(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	fd = owner_make_file(path, flags);
	/* Another process has been quicker. */
	return fd < 0 && errno == EEXIST ? open(path, flags | O_CLOEXEC) : fd;
}
