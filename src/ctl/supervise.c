/* supervise: bearward supervise: keeps a responder running, whatever it dies of. */
#include "ctl/ctl.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	COPIES_MAX = 64,
	LASTING_MS = 1000,		/* a copy that lived for less waits before the next try */
	DELAY_MIN_MS = 50,
	DELAY_MAX_MS = 5000,
};

/* One place, in which a process runs, or waits to be started. */
struct copy {
	pid_t pid;			/* 0: none runs */
	int64_t start_at;		/* when it was started, or will be; of clock_ms() */
	int64_t delay_ms;		/* before the next start, if this one does not last */
};

struct supervisor {
	char *const *argv;		/* borrowed; the program */
	sigset_t signals;		/* blocked, and waited for */
	bool is_stopping;
	int count;
	struct copy copies[COPIES_MAX];
};

/* Replaces the child by the program. The kernel ends it when its supervisor dies, also by KILL. */
_Noreturn static void
become_program(char *const *argv, pid_t parent)
{
	sigset_t none;

	(void)sigemptyset(&none);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent)
		_exit(1);
	/* A signal that came meanwhile waited, and ends it here. */
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	execv(argv[0], argv);
	(void)ctl_fail("cannot start %s: %s", argv[0], strerror(errno));
	_exit(1);
}

static void
start(struct supervisor *supervisor, struct copy *copy)
{
	const pid_t parent = getpid();

	copy->start_at = clock_ms();
	copy->pid = fork();
	if (copy->pid == 0)
		become_program(supervisor->argv, parent);
	if (copy->pid > 0)
		return;
	copy->pid = 0;
	copy->start_at += DELAY_MAX_MS;
}

/* Has the next one started at once where the last one lasted, else later and later. */
static void
plan_next(struct copy *copy)
{
	const int64_t now = clock_ms();

	copy->pid = 0;
	if (now - copy->start_at >= LASTING_MS) {
		copy->delay_ms = 0;
		copy->start_at = now;
		return;
	}
	copy->delay_ms = copy->delay_ms == 0 ? DELAY_MIN_MS : 2 * copy->delay_ms;
	if (copy->delay_ms > DELAY_MAX_MS)
		copy->delay_ms = DELAY_MAX_MS;
	copy->start_at = now + copy->delay_ms;
}

static void
reap(struct supervisor *supervisor)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		for (int i = 0; i < supervisor->count; i++)
			if (supervisor->copies[i].pid == pid)
				plan_next(&supervisor->copies[i]);
}

static void
stop_all(struct supervisor *supervisor)
{
	supervisor->is_stopping = true;
	for (int i = 0; i < supervisor->count; i++)
		if (supervisor->copies[i].pid != 0)
			(void)kill(supervisor->copies[i].pid, SIGTERM);
}

/* Starts what is due; returns how many milliseconds until the next one is, or -1. */
static int64_t
start_due(struct supervisor *supervisor)
{
	int64_t soonest = -1;

	for (int i = 0; i < supervisor->count; i++) {
		struct copy *copy = &supervisor->copies[i];
		int64_t left;

		if (copy->pid == 0 && copy->start_at <= clock_ms())
			start(supervisor, copy);
		left = copy->start_at - clock_ms();
		if (copy->pid == 0 && (soonest < 0 || left < soonest))
			soonest = left > 0 ? left : 0;
	}
	return soonest;
}

static bool
is_empty(const struct supervisor *supervisor)
{
	for (int i = 0; i < supervisor->count; i++)
		if (supervisor->copies[i].pid != 0)
			return false;
	return true;
}

/* Waits for a signal, or until the next start is due. */
static void
wait_for_event(struct supervisor *supervisor)
{
	const int64_t left = supervisor->is_stopping ? -1 : start_due(supervisor);
	const struct timespec time = clock_timespec(left);
	const int number = sigtimedwait(&supervisor->signals, NULL, left < 0 ? NULL : &time);

	if (number == SIGCHLD)
		reap(supervisor);
	else if (number > 0)
		stop_all(supervisor);
}

static int
read_count(const char *text)
{
	char *end;
	const long count = strtol(text, &end, 10);

	return *end == '\0' && count >= 1 && count <= COPIES_MAX ? (int)count : 0;
}

enum status
ctl_supervise(struct ctl *ctl)
{
	struct supervisor supervisor = { .argv = ctl->args + 1,
		.count = read_count(ctl->args[0]) };

	if (supervisor.count == 0) {
		(void)ctl_fail("supervise: COPIES must be 1 to %d", COPIES_MAX);
		return STATUS_USAGE;
	}
	(void)sigemptyset(&supervisor.signals);
	(void)sigaddset(&supervisor.signals, SIGCHLD);
	(void)sigaddset(&supervisor.signals, SIGTERM);
	(void)sigaddset(&supervisor.signals, SIGINT);
	(void)sigaddset(&supervisor.signals, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &supervisor.signals, NULL);
	/* Whoever starts us may ignore it: then children would vanish without a word. */
	(void)signal(SIGCHLD, SIG_DFL);
	do
		wait_for_event(&supervisor);
	while (!supervisor.is_stopping || !is_empty(&supervisor));
	return STATUS_DONE;
}
