/*
 * sandbox_probe: what a responder can still do, as tests/http/test_sandbox.py asks.
 *
 * It is loaded into a responder, and has a thread try each thing when it waits for a connection
 * for the first time. PROBE_OUT is a descriptor: a line goes there for each, with the name of
 * errno, or "done". PROBE_STATE is the state directory, and
 * PROBE_SECRET the name of a secret, PROBE_KEY that of a key with
 * two halves. With PROBE_EXEC it only runs a program.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static char state[4096];

/* What each returns is negative on failure. */
static long
try_open(const char *name, int flags)
{
	char path[8192];
	int fd;

	snprintf(path, sizeof(path), "%s%s%s", *name == '/' ? "" : state, name,
	    name[strlen(name) - 1] != '/' ? "" :
	    getenv(strcmp(name, "keys/") == 0 ? "PROBE_SECRET" : "PROBE_KEY"));
	fd = open(path, flags | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	return fd;
}

static const struct {
	const char *name;
	const char *file;
	int flags;
} files[] = {
	{ "read /etc/passwd", "/etc/passwd", O_RDONLY },
	{ "list /etc", "/etc", O_RDONLY | O_DIRECTORY },
	{ "write to /tmp", "/tmp/sandbox-probe", O_RDWR | O_CREAT },
	{ "read a process's memory", "/proc/self/mem", O_RDWR },
	{ "read secrets", "keys/", O_RDONLY },
	{ "read public halves", "public/", O_RDONLY },
	{ "read private halves", "signing/", O_RDONLY },
	{ "list private halves", "signing", O_RDONLY | O_DIRECTORY },
	{ "change a secret", "keys/", O_RDWR },
	{ "change a public half", "public/", O_RDWR },
	{ "make a public half", "public/made", O_RDWR | O_CREAT },
	{ "make a private half", "signing/made", O_RDWR | O_CREAT },
	{ "make a key", "keys/made", O_RDWR | O_CREAT },
	{ "read the database", "bearward.db", O_RDONLY },
	{ "write the database", "bearward.db", O_RDWR },
	{ "empty the database", "bearward.db", O_RDONLY | O_TRUNC },
	{ "write the log of the database", "bearward.db-wal", O_RDWR },
	{ "write the index of the log", "bearward.db-shm", O_RDWR },
	{ "write hash.slots", "hash.slots", O_RDWR | O_CREAT },
	{ "make a file", "made", O_RDWR | O_CREAT },
};

static void
say(int out, const char *name, long result)
{
	char line[256];
	int len = snprintf(line, sizeof(line), "%s: %s\n", name,
	    result < 0 ? strerrorname_np(errno) : "done");

	if (write(out, line, (size_t)len) != len)
		_exit(9);
}

static void
try_all(int out)
{
	char path[8192], byte = 'x';
	const struct iovec here = { &byte, 1 };
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		say(out, files[i].name, try_open(files[i].file, files[i].flags));
	snprintf(path, sizeof(path), "%sbearward.db", state);
	say(out, "remove the database", unlink(path));
	say(out, "empty the database by openat2", syscall(SYS_openat2, AT_FDCWD, path,
	    &(struct open_how){ .flags = O_RDONLY | O_TRUNC }, sizeof(struct open_how)));
	say(out, "open the database to all", chmod(path, 0666));
	snprintf(path, sizeof(path), "%smade-directory", state);
	say(out, "make a directory", mkdir(path, 0700));
	say(out, "make a process", fork());
	say(out, "make a process by clone3", syscall(SYS_clone3, NULL, 0));
	say(out, "make a process by clone", syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
	say(out, "open a socket to a host", socket(AF_INET, SOCK_STREAM, 0));
	say(out, "open a socket to a host by IPv6", socket(AF_INET6, SOCK_DGRAM, 0));
	say(out, "open a unix socket", socket(AF_UNIX, SOCK_DGRAM, 0));
	say(out, "open a socket to the kernel", socket(AF_NETLINK, SOCK_RAW, 0));
	say(out, "be traced", ptrace(PTRACE_TRACEME, 0, 0, 0));
	say(out, "trace another", ptrace(PTRACE_ATTACH, getppid(), 0, 0));
	say(out, "read another's memory", process_vm_readv(getppid(), &here, 1, &here, 1, 0));
	say(out, "signal another", kill(getppid(), 0));
	say(out, "signal all", kill(-1, 0));
	say(out, "signal another's thread", syscall(SYS_tgkill, getppid(), getppid(), 0));
	say(out, "have another signalled", fcntl(out, F_SETOWN, getppid()));
	say(out, "have another's thread signalled", fcntl(out, F_SETOWN_EX,
	    &(struct f_owner_ex){ F_OWNER_TID, getppid() }));
	say(out, "choose that signal", fcntl(out, F_SETSIG, SIGKILL));
	say(out, "change account", (long)syscall(SYS_setuid, 65534));
	say(out, "change group", (long)syscall(SYS_setgid, 65534));
	say(out, "be dumped", prctl(PR_SET_DUMPABLE, 1L, 0L, 0L, 0L));
	say(out, "make memory executable", mprotect(page, 4096, PROT_READ | PROT_EXEC));
	say(out, "map executable memory", mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
	say(out, "change the root", chroot("/"));
	say(out, "mount", (long)syscall(SYS_mount, "none", "/mnt", "tmpfs", 0, NULL));
	say(out, "unshare", unshare(CLONE_NEWUSER));
	say(out, "use io_uring", syscall(SYS_io_uring_setup, 1, NULL));
	say(out, "load a program into the kernel", syscall(SYS_bpf, 0, NULL, 0));
	say(out, "call what is not known yet", syscall(5000));
	say(out, "say that is all", 0);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
probe(void)
{
	char *argv[] = { (char *)"/bin/true", NULL }, *none[] = { NULL };

	snprintf(state, sizeof(state), "%s/", getenv("PROBE_STATE"));
	if (getenv("PROBE_EXEC") != NULL)
		execve(argv[0], argv, none);
	else
		try_all(atoi(getenv("PROBE_OUT")));
}

/* In the place of the C library's. */
int
epoll_wait(int epoll_fd, struct epoll_event *events, int most, int timeout)
{
	(void)pthread_once(&once, probe);
	return epoll_pwait(epoll_fd, events, most, timeout, NULL);
}
