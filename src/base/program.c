/* program: runs another program, and gives it a text. */
#include "base/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	LOOK_MS = 10,		/* how late the end of the program may be noticed */
	COULD_NOT_RUN = 126,	/* status of a child that never became the program */
	USUAL_DESCRIPTORS = 1024,
};

/* A program that runs. */
struct run {
	const struct program *program;	/* borrowed */
	pid_t pid;
	int input, complaints, failure;	/* owned: our ends of its pipes; -1: closed */
	size_t written;			/* of the text */
	size_t said_len;
	bool has_said;			/* all that is kept */
	int64_t deadline;		/* of clock_ms() */
	bool is_stopping;
	struct program_end *end;	/* borrowed */
};

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

/* ---- The child, which calls nothing that another thread could have left half done */

/* Has the default of every signal, but for those that cannot be changed, and blocks none. */
static void
reset_signals(void)
{
	const struct sigaction standard = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		(void)sigaction(number, &standard, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Some programs close all descriptors that there may be: not as many as a responder may have. */
static void
lower_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur <= USUAL_DESCRIPTORS)
		return;
	limit.rlim_cur = USUAL_DESCRIPTORS;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* Leaves only the three standard descriptors, and the one that tells of a failure. */
static bool
take_descriptors(const struct program *program, int input, int complaints, int failure)
{
	/* Without O_CLOEXEC: where it is 1 already, nothing would take that away. */
	const int output = program->has_output ? program->output
	    : open("/dev/null", O_WRONLY);

	if (dup2(output, STDOUT_FILENO) < 0 || dup2(input, STDIN_FILENO) < 0 ||
	    dup2(program->has_output ? output : complaints, STDERR_FILENO) < 0 ||
	    dup3(failure, 3, O_CLOEXEC) < 0)
		return false;
	if (syscall(SYS_close_range, 4U, ~0U, 0U) == 0)
		return true;
	/* An old kernel: what is open has been opened to be closed now. */
	for (int fd = 4; fd < 1024; fd++)
		(void)close(fd);
	return true;
}

/* Replaces the child by the program; or else tells errno. */
_Noreturn static void
become(const struct program *program, pid_t parent, const int pipes[3])
{
	static char *const empty[] = { NULL };
	int reason;

	(void)setpgid(0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(COULD_NOT_RUN);
	reset_signals();
	lower_descriptors();
	if (chdir("/") == 0 && take_descriptors(program, pipes[0], pipes[1], pipes[2]))
		(void)execve(program->argv[0], program->argv, empty);
	reason = errno;
	_exit(write(3, &reason, sizeof(reason)) == sizeof(reason) ? COULD_NOT_RUN : 1);
}

/* ---- The parent */

/* Makes a pipe of which neither end is one of the first four descriptors. */
static bool
make_pipe(int ends[2])
{
	int low[2];

	ends[0] = ends[1] = -1;
	if (pipe2(low, O_CLOEXEC) != 0)
		return false;
	for (int i = 0; i < 2; i++) {
		ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, 4);
		(void)close(low[i]);
	}
	return ends[0] >= 0 && ends[1] >= 0;
}

static enum err
fail(struct program_end *end, const char *words, int reason)
{
	snprintf(end->reason, sizeof(end->reason), "%s: %s", words, strerror(reason));
	return ERR_REFUSED;
}

static enum err
start(struct run *run)
{
	const pid_t parent = getpid();
	int in[2], complaints[2] = { -1, -1 }, failure[2] = { -1, -1 };
	enum err err = ERR_OK;

	if (!make_pipe(in) || !make_pipe(complaints) || !make_pipe(failure)) {
		err = fail(run->end, "cannot make a pipe", errno);
	} else if ((run->pid = fork()) == 0) {
		become(run->program, parent, (const int[]){ in[0], complaints[1], failure[1] });
	} else if (run->pid < 0) {
		err = fail(run->end, "cannot make a process", errno);
	} else {
		run->input = in[1];
		run->complaints = complaints[0];
		run->failure = failure[0];
		in[1] = complaints[0] = failure[0] = -1;
		(void)fcntl(run->input, F_SETFL, O_NONBLOCK);
		(void)fcntl(run->complaints, F_SETFL, O_NONBLOCK);
		/* Both do it, so that it is done before either goes on. */
		(void)setpgid(run->pid, run->pid);
	}
	for (int i = 0; i < 2; i++) {
		close_fd(&in[i]);
		close_fd(&complaints[i]);
		close_fd(&failure[i]);
	}
	return err;
}

/* Waits until the child has become the program. Returns 0, or why it has not, as errno. */
static int
read_failure(struct run *run)
{
	int reason = 0;
	ssize_t got;

	do
		got = read(run->failure, &reason, sizeof(reason));
	while (got < 0 && errno == EINTR);
	close_fd(&run->failure);
	return got == sizeof(reason) ? reason : 0;
}

/* Writes what there is room for. A program may do without the rest. */
static void
write_text(struct run *run)
{
	const struct program *program = run->program;
	const ssize_t put = write(run->input, program->text + run->written,
	    program->len - run->written);

	if (put > 0)
		run->written += (size_t)put;
	if (run->written == program->len ||
	    (put < 0 && errno != EAGAIN && errno != EINTR))
		close_fd(&run->input);
}

/* Reads all that is there, and keeps the first line. */
static void
read_complaints(struct run *run)
{
	struct program_end *end = run->end;
	char bytes[4096];
	const ssize_t got = read(run->complaints, bytes, sizeof(bytes));

	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
		close_fd(&run->complaints);
	for (ssize_t i = 0; i < got && !run->has_said; i++) {
		run->has_said = bytes[i] == '\n' || bytes[i] == '\0' ||
		    run->said_len + 1 == sizeof(end->said);
		if (!run->has_said)
			end->said[run->said_len++] = bytes[i];
	}
	end->said[run->said_len] = '\0';
}

/* Moves what can be moved, for a moment at most. */
static void
exchange(struct run *run)
{
	struct pollfd fds[] = {
		{ .fd = run->input, .events = POLLOUT },
		{ .fd = run->complaints, .events = POLLIN },
		{ .fd = run->is_stopping ? -1 : run->program->stop_fd },
	};

	if (poll(fds, sizeof(fds) / sizeof(fds[0]), LOOK_MS) <= 0)
		return;
	if (fds[0].revents != 0)
		write_text(run);
	if (fds[1].revents != 0)
		read_complaints(run);
	if (fds[2].revents != 0) {
		const int64_t end_at = clock_ms() + run->program->stop_ms;

		run->is_stopping = true;
		run->deadline = end_at < run->deadline ? end_at : run->deadline;
	}
}

/* Waits for a child that ends by itself or by KILL. */
static int
wait_for_child(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return status;
}

static enum err
judge(const struct run *run, int status)
{
	struct program_end *end = run->end;

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return ERR_OK;
	if (WIFEXITED(status))
		snprintf(end->reason, sizeof(end->reason), "exit status %d",
		    WEXITSTATUS(status));
	else
		snprintf(end->reason, sizeof(end->reason), "killed by signal %d",
		    WTERMSIG(status));
	return ERR_REFUSED;
}

/* Kills the program and what it has started. */
static enum err
put_an_end(struct run *run)
{
	(void)kill(-run->pid, SIGKILL);
	(void)wait_for_child(run->pid);
	run->end->was_killed = true;
	if (run->is_stopping)
		snprintf(run->end->reason, sizeof(run->end->reason),
		    "killed, because bearward stopped");
	else
		snprintf(run->end->reason, sizeof(run->end->reason),
		    "killed, because it took longer than %d seconds",
		    run->program->limit_ms / 1000);
	return ERR_REFUSED;
}

static enum err
attend(struct run *run)
{
	int status;
	pid_t ended;

	while ((ended = waitpid(run->pid, &status, WNOHANG)) == 0) {
		if (clock_ms() >= run->deadline)
			return put_an_end(run);
		exchange(run);
	}
	if (ended < 0)
		return fail(run->end, "cannot wait for it", errno);
	/* What it said last. */
	while (run->complaints >= 0 && !run->has_said) {
		const size_t before = run->said_len;

		read_complaints(run);
		if (run->said_len == before)
			break;
	}
	return judge(run, status);
}

enum err
program_run(const struct program *program, struct program_end *end)
{
	struct run run = {
		.program = program, .end = end, .input = -1, .complaints = -1, .failure = -1,
		.deadline = clock_ms() + program->limit_ms,
	};
	int reason;
	enum err err;

	*end = (struct program_end){0};
	if ((err = start(&run)) != ERR_OK)
		return err;
	if ((reason = read_failure(&run)) != 0) {
		(void)wait_for_child(run.pid);
		err = fail(end, "cannot be run", reason);
	} else {
		err = attend(&run);
	}
	close_fd(&run.input);
	close_fd(&run.complaints);
	return err;
}
