/* sandbox: takes from this process, for good, what it never needs. */
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/owner.h"
#include "base/sandbox_internal.h"

bool
sandbox_is_possible(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
	return false;
#else
	return true;
#endif
#else
	return true;
#endif
}

void
sandbox_allow(struct sandbox_plan *plan, enum sandbox_access access, const char *directory,
    const char *name)
{
	char path[PATH_MAX];
	int len = snprintf(path, sizeof(path), "%s%s%s", directory, *name == '\0' ? "" : "/",
	    name);
	int fd;

	if (len < 0 || (size_t)len >= sizeof(path) || plan->count == SANDBOX_FILES_MAX)
		return;
	if (access == SANDBOX_MAKE && (fd = owner_open_file(path, O_RDWR)) >= 0)
		(void)close(fd);
	if ((fd = open(path, O_PATH | O_CLOEXEC)) < 0)
		return;
	plan->files[plan->count].access = access;
	plan->files[plan->count++].fd = fd;
}

void
sandbox_plan_clear(struct sandbox_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		(void)close(plan->files[i].fd);
	plan->count = 0;
}

/* A supervisor that has taken all of them away may have taken the system call as well. */
static bool
has_none(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct own[_LINUX_CAPABILITY_U32S_3] = {0};
	const int saved_errno = errno;
	__u32 any = 0;

	if (syscall(SYS_capget, &header, own) != 0)
		return false;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		any |= own[i].effective | own[i].permitted | own[i].inheritable;
	errno = saved_errno;
	return any == 0;
}

/* Gives up all capabilities, and those that a program could be started with. */
static int
drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

	/* Only who has CAP_SETPCAP may, and only as far as the kernel knows capabilities. */
	for (unsigned long i = 0; prctl(PR_CAPBSET_READ, i, 0L, 0L, 0L) >= 0; i++)
		if (prctl(PR_CAPBSET_DROP, i, 0L, 0L, 0L) != 0)
			break;
	(void)prctl(PR_CAP_AMBIENT, (unsigned long)PR_CAP_AMBIENT_CLEAR_ALL, 0L, 0L, 0L);
	return syscall(SYS_capset, &header, none) == 0 || has_none() ? 0 : errno;
}

static enum err
fail(const char *attempt, int failure)
{
	log_event(LEVEL_ERROR, "cannot confine this process (see the setting sandbox)",
	    LOG_TEXT("attempt", attempt), LOG_TEXT("reason", strerror(failure)));
	return ERR_SETUP;
}

enum err
sandbox_enter(const struct sandbox_plan *plan, struct sandbox_state *state)
{
	int failure;

	*state = (struct sandbox_state){0};
	/* From a file that cannot be opened any more; syslog() gives the time of the place. */
	tzset();
	/* Without it, only root may do what comes next. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) != 0)
		return fail("give up new privileges", errno);
	if ((failure = drop_capabilities()) != 0)
		return fail("give up capabilities", failure);
	if ((failure = sandbox_files_enter(plan, &state->landlock)) != 0)
		return fail("leave other files alone", failure);
	/* Last: it forbids the calls that the others need. */
	if ((failure = sandbox_calls_enter(plan, &state->has_seccomp)) != 0)
		return fail("leave other system calls alone", failure);
	return ERR_OK;
}
