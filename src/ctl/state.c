/* state: the state directory must be private and the caller's own. */
#include "ctl.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
refuse_owner(const char *state_dir, uid_t owner)
{
	const struct passwd *entry = getpwuid(owner);

	if (entry == NULL)
		(void)ctl_fail("%s belongs to user %lu; run this as that user", state_dir,
		    (unsigned long)owner);
	else
		(void)ctl_fail("%s belongs to %s; run this as that user: sudo -u %s bearward ...",
		    state_dir, entry->pw_name, entry->pw_name);
}

bool
ctl_state_is_ours(const char *state_dir)
{
	struct stat st;

	if (stat(state_dir, &st) == -1) {
		(void)ctl_fail("%s: %s%s", state_dir, strerror(errno),
		    errno == ENOENT ? "; `bearward init` makes it" : "");
		return false;
	}
	if (!S_ISDIR(st.st_mode)) {
		(void)ctl_fail("%s is not a directory; set state_dir to one, or move it away",
		    state_dir);
		return false;
	}
	if (st.st_uid != geteuid()) {
		refuse_owner(state_dir, st.st_uid);
		return false;
	}
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		(void)ctl_fail("%s is open to others (mode %04o); close it first: chmod 700 %s",
		    state_dir, (unsigned)st.st_mode & 07777, state_dir);
		return false;
	}
	return true;
}

bool
ctl_open(const struct ctl *ctl, unsigned needs, struct service *service)
{
	enum err err;

	if (!ctl_state_is_ours(ctl->config.state_dir))
		return false;
	if ((err = service_open(&ctl->config, needs, service)) == ERR_OK)
		return true;
	(void)ctl_fail_for(err);
	return false;
}
