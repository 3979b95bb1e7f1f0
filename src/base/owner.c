/* owner: checks that files belong to our account and are closed to all others. */
#include "base/owner.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

bool
owner_check(const char *path, char fault[OWNER_FAULT_SIZE])
{
	char owner[OWNER_NAME_SIZE], us[OWNER_NAME_SIZE];
	struct stat st;

	if (stat(path, &st) == -1) {
		describe_unreachable(path, fault);
		return false;
	}
	if (st.st_uid != geteuid()) {
		owner_show(st.st_uid, owner);
		snprintf(fault, OWNER_FAULT_SIZE, "%s belongs to %s, but this program runs as %s; "
		    "run it as %s", path, owner, owner_show(geteuid(), us), owner);
		return false;
	}
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		snprintf(fault, OWNER_FAULT_SIZE, "%s is open to others (mode %04o); close it: "
		    "chmod %s %s", path, (unsigned)st.st_mode & 07777,
		    S_ISDIR(st.st_mode) ? "700" : "600", path);
		return false;
	}
	return true;
}
