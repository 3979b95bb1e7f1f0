/* sandbox_calls: which system calls are left from now on, by seccomp. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sandbox_internal.h"

#if defined(__x86_64__) && !defined(__ILP32__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#define MACHINE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define MACHINE AUDIT_ARCH_RISCV64
#endif

#ifdef MACHINE
/* In the order of how often they are made; a kernel before 5.11 compares one after the other. */
static const int allowed[] = {
	SYS_futex, SYS_recvfrom, SYS_read, SYS_write, SYS_epoll_pwait, SYS_epoll_ctl, SYS_lseek,
#ifdef SYS_epoll_wait
	SYS_epoll_wait,
#endif
	SYS_pread64, SYS_pwrite64, SYS_newfstatat, SYS_fstat, SYS_close, SYS_accept4,
	SYS_setsockopt, SYS_shutdown, SYS_ppoll,
#ifdef SYS_poll
	SYS_poll,
#endif
	/* Files that are open, or that Landlock lets be opened. */
	SYS_readv, SYS_writev, SYS_preadv, SYS_pwritev, SYS_fsync, SYS_fdatasync, SYS_ftruncate,
	SYS_fallocate, SYS_flock, SYS_dup, SYS_dup3, SYS_statx, SYS_statfs, SYS_fstatfs,
	SYS_faccessat, SYS_readlinkat, SYS_getdents64, SYS_getcwd, SYS_unlinkat, SYS_fadvise64,
	SYS_faccessat2, SYS_close_range, SYS_memfd_create,
	SYS_splice, SYS_pipe2, SYS_eventfd2, SYS_epoll_create1, SYS_pselect6, SYS_epoll_pwait2,
#ifdef SYS_open
	SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_unlink, SYS_dup2, SYS_pipe,
	SYS_select, SYS_getdents, SYS_time,
#endif
	/* Connections that are there. */
	SYS_accept, SYS_recvmsg, SYS_sendto, SYS_sendmsg, SYS_getsockopt, SYS_getsockname,
	SYS_getpeername,
	/* Memory; what makes it executable is looked at more closely. */
	SYS_brk, SYS_munmap, SYS_mremap, SYS_madvise, SYS_membarrier,
	/* Threads, and what they wait for. */
	SYS_set_robust_list, SYS_get_robust_list, SYS_rseq, SYS_set_tid_address,
	SYS_gettid, SYS_getpid, SYS_getppid, SYS_exit, SYS_exit_group, SYS_sched_yield,
	SYS_sched_getaffinity, SYS_sched_setattr, SYS_sched_getattr, SYS_sched_getparam,
	SYS_sched_getscheduler, SYS_getpriority, SYS_setpriority, SYS_getcpu,
	SYS_futex_waitv, 454 /* futex_wake */, 455 /* futex_wait */, 456 /* futex_requeue */,
	SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_sigtimedwait,
	SYS_rt_sigpending, SYS_sigaltstack, SYS_restart_syscall,
	SYS_timer_create, SYS_timer_settime, SYS_timer_gettime, SYS_timer_delete,
	SYS_timer_getoverrun,
	/* What they ask for. */
	SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday,
	SYS_times, SYS_getrusage, SYS_getrandom, SYS_uname, SYS_sysinfo, SYS_getuid, SYS_geteuid,
	SYS_getgid, SYS_getegid, SYS_getresuid, SYS_getresgid, SYS_getgroups,
#ifdef SYS_getrlimit
	SYS_getrlimit,
#endif
};

/* What fcntl() is not called for: to have signals sent to a process that is named, by SIGIO. */
static const int signalling[] = { F_SETOWN, F_SETOWN_EX, F_SETSIG };

/* Calls that are allowed for some values of an argument. */
struct condition {
	int call;
	int argument;
	enum { BITS_CLEAR, BITS_SET, EQUAL } test;
	unsigned value;
};

enum { NEWEST_KNOWN = 462, PROGRAM_MAX = 512 };

/* What a call that is not allowed comes to. */
#define REFUSED (SECCOMP_RET_ERRNO | EPERM)
#define UNKNOWN (SECCOMP_RET_ERRNO | ENOSYS)

struct program {
	struct sock_filter steps[PROGRAM_MAX];
	unsigned short count;
};

static void
put(struct program *program, struct sock_filter step)
{
	program->steps[program->count++] = step;
}

static void
put_load(struct program *program, size_t offset)
{
	put(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offset));
}

static void
put_result(struct program *program, unsigned result)
{
	put(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, result));
}

/* With the number of the call loaded: ends with the result for that one. */
static void
put_call(struct program *program, int call, unsigned result)
{
	put(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0,
	    1));
	put_result(program, result);
}

/*
 * Of an argument the lower half is looked at. The calls below take an int, or flags of which no
 * other ones mean anything.
 */
static void
put_condition(struct program *program, const struct condition *condition)
{
	const size_t argument = offsetof(struct seccomp_data, args) +
	    (size_t)condition->argument * sizeof(__u64);
	const unsigned value = condition->value;

	put(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
	    (unsigned)condition->call, 0, 5));
	put_load(program, argument);
	if (condition->test == EQUAL)
		put(program, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ~0U));
	else
		put(program, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, value));
	put(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
	    condition->test == BITS_CLEAR ? 0 : value, 0, 1));
	put_result(program, SECCOMP_RET_ALLOW);
	put_result(program, REFUSED);
}

/* With the number of the call loaded: allows fcntl(), but for what signals others. */
static void
put_fcntl(struct program *program)
{
	enum { COUNT = sizeof(signalling) / sizeof(signalling[0]) };

	put(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0,
	    2 * COUNT + 2));
	put_load(program, offsetof(struct seccomp_data, args[1]));
	for (size_t i = 0; i < COUNT; i++)
		put_call(program, signalling[i], REFUSED);
	put_result(program, SECCOMP_RET_ALLOW);
}

/* Those of other kinds of socket could not be connected either. */
static const unsigned families_of_hosts[] = { AF_UNIX, AF_INET, AF_INET6 };

/* With the number of the call loaded: allows to connect sockets of the first so many families. */
static void
put_sockets(struct program *program, const unsigned *families, unsigned char count)
{
	put_call(program, SYS_connect, SECCOMP_RET_ALLOW);
	put(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0,
	    (unsigned char)(2 * count + 2)));
	put_load(program, offsetof(struct seccomp_data, args[0]));
	for (unsigned char i = 0; i < count; i++)
		put_call(program, (int)families[i], SECCOMP_RET_ALLOW);
	put_result(program, REFUSED);
}

static void
make_program(struct program *program, const struct sandbox_plan *plan)
{
	const struct condition conditions[] = {
		/* Landlock lets whoever may read a file empty it like this, before Linux 6.2. */
		{ SYS_openat, 2, BITS_CLEAR, O_TRUNC },
#ifdef SYS_open
		{ SYS_open, 1, BITS_CLEAR, O_TRUNC },
#endif
		{ SYS_mmap, 2, BITS_CLEAR, PROT_EXEC },
		{ SYS_mprotect, 2, BITS_CLEAR, PROT_EXEC },
		{ SYS_clone, 0, BITS_SET, CLONE_THREAD },	/* and so no process */
		{ SYS_tgkill, 0, EQUAL, (unsigned)getpid() },
		{ SYS_prlimit64, 0, EQUAL, 0 },
	};
	const size_t count = sizeof(conditions) / sizeof(conditions[0]);

	put_load(program, offsetof(struct seccomp_data, arch));
	put(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0));
	put_result(program, SECCOMP_RET_KILL_PROCESS);
	put_load(program, offsetof(struct seccomp_data, nr));
	put_fcntl(program);
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		put_call(program, allowed[i], SECCOMP_RET_ALLOW);
	for (size_t i = 0; i < count; i++)
		put_condition(program, &conditions[i]);
	if (plan->connects_to_hosts)
		put_sockets(program, families_of_hosts, 3);
	else if (plan->connects_locally)
		put_sockets(program, families_of_hosts, 1);
	if (plan->connects_to_hosts)
		put_call(program, SYS_sendmmsg, SECCOMP_RET_ALLOW);
	/* To run a program is what somebody does who has taken over this one. */
	put_call(program, SYS_execve, SECCOMP_RET_TRAP);
	put_call(program, SYS_execveat, SECCOMP_RET_TRAP);
	/* What it is called for is in memory, where no filter looks; there is clone() as well. */
	put_call(program, SYS_clone3, UNKNOWN);
	put(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, NEWEST_KNOWN, 0, 1));
	put_result(program, UNKNOWN);
	put_result(program, REFUSED);
}

/* Somebody has tried to run a program: says so, and ends the process. */
static void
end_process(int signal_number)
{
	(void)signal_number;
	log_event(LEVEL_ERROR, "ended, because something tried to run a program in this process",
	    LOG_NUMBER("process", getpid()));
	_exit(1);
}

int
sandbox_calls_enter(const struct sandbox_plan *plan, bool *is_there)
{
	const struct sigaction action = { .sa_handler = end_process };
	struct program program = { .count = 0 };
	struct sock_fprog filter;

	*is_there = false;
	make_program(&program, plan);
	filter = (struct sock_fprog){ .len = program.count, .filter = program.steps };
	(void)sigaction(SIGSYS, &action, NULL);
	/* SPEC_ALLOW: what slows down speculation would slow down everything. */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
	    &filter) != 0)
		return errno == ENOSYS || errno == EINVAL ? 0 : errno;
	*is_there = true;
	return 0;
}
#else	/* where arguments have halves: no list was tried there */
int
sandbox_calls_enter(const struct sandbox_plan *plan, bool *is_there)
{
	(void)plan;
	*is_there = false;
	return 0;
}
#endif
