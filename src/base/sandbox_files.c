/* sandbox_files: which files can be opened from now on, by Landlock. */
#include <errno.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/sandbox_internal.h"

/*
 * The numbers are the same on all machines, and newer than some C libraries; so are the rights
 * and the fields that headers of Debian 12 lack.
 */
enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 };

#define RIGHT(number) ((__u64)1 << (number))

/* Rights to files by the version that brought them: all that the kernel knows are taken. */
static const struct {
	int version;
	__u64 rights;
} versions[] = {
	{ 1, RIGHT(13) - 1 },
	{ 2, RIGHT(13) },	/* REFER */
	{ 3, RIGHT(14) },	/* TRUNCATE */
	{ 5, RIGHT(15) },	/* IOCTL_DEV */
};

enum { NET_VERSION = 4, SCOPE_VERSION = 6 };

/* struct landlock_ruleset_attr of the newest version; older kernels are told a shorter one. */
struct ruleset {
	__u64 files;
	__u64 net;		/* BIND_TCP, CONNECT_TCP */
	__u64 scopes;		/* abstract unix sockets, and signals, of others */
};

enum { BIND_TCP = 1, CONNECT_TCP = 2 };

#define READ LANDLOCK_ACCESS_FS_READ_FILE
#define WRITE (READ | LANDLOCK_ACCESS_FS_WRITE_FILE | RIGHT(14))
#define READ_BELOW (READ | LANDLOCK_ACCESS_FS_READ_DIR)

static const __u64 rights_of[] = {
	[SANDBOX_READ] = READ,
	[SANDBOX_WRITE] = WRITE,
	[SANDBOX_MAKE] = WRITE,
	[SANDBOX_READ_BELOW] = READ_BELOW,
	[SANDBOX_CHANGE_BELOW] = READ_BELOW | WRITE | LANDLOCK_ACCESS_FS_MAKE_REG |
	    LANDLOCK_ACCESS_FS_REMOVE_FILE,
};

static struct ruleset
make_ruleset(const struct sandbox_plan *plan, int version)
{
	struct ruleset ruleset = {0};

	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		if (versions[i].version <= version)
			ruleset.files |= versions[i].rights;
	if (version >= NET_VERSION)
		ruleset.net = plan->connects_to_hosts ? BIND_TCP : BIND_TCP | CONNECT_TCP;
	if (version >= SCOPE_VERSION)
		ruleset.scopes = 3;
	return ruleset;
}

static size_t
size_of_ruleset(int version)
{
	if (version >= SCOPE_VERSION)
		return sizeof(struct ruleset);
	return version >= NET_VERSION ? 2 * sizeof(__u64) : sizeof(__u64);
}

/* Adds a rule for a file; a directory has rights that no file can have. */
static int
add_rule(int ruleset_fd, const struct ruleset *ruleset, int fd, __u64 rights)
{
	const struct landlock_path_beneath_attr rule = {
		.allowed_access = rights & ruleset->files, .parent_fd = fd,
	};

	return syscall(ADD_RULE, ruleset_fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0 ? 0 :
	    errno;
}

int
sandbox_files_enter(const struct sandbox_plan *plan, int *version)
{
	const long found = syscall(CREATE_RULESET, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset ruleset;
	int failure = 0, fd;

	*version = 0;
	/* The kernel has none, or was started without it, or a container keeps it from us. */
	if (found < 1)
		return errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM ? 0 : errno;
	ruleset = make_ruleset(plan, (int)found);
	fd = (int)syscall(CREATE_RULESET, &ruleset, size_of_ruleset((int)found), 0);
	if (fd < 0)
		return errno;
	for (size_t i = 0; i < plan->count && failure == 0; i++)
		failure = add_rule(fd, &ruleset, plan->files[i].fd,
		    rights_of[plan->files[i].access]);
	if (failure == 0 && syscall(RESTRICT_SELF, fd, 0) != 0)
		failure = errno;
	(void)close(fd);
	*version = failure == 0 ? (int)found : 0;
	return failure;
}
