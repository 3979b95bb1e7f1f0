/* courier: a small process beside a responder that delivers messages. */
#include "account/courier.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "account/courier_internal.h"
#include "account/delivery.h"
#include "base/log.h"

enum {
	PAUSE = 60,		/* seconds after a failure, or after a program that took long */
	SOON = 5,		/* seconds that a brief one waits for what is due then */
	LOOK = 300,		/* seconds after which it looks for messages of others' couriers */
	STOP_MS = 5000,
	POKE_FD = 3, END_FD = 4, NEXT_FD = 5,
};

/* ---- The other process */

/*
 * Has signals that are for the responder ignored: it would end in the middle of a message, and
 * ends with the responder anyway. KILL is left for whoever means it.
 */
static void
set_signals(void)
{
	static const int ignored[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE };

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)signal(SIGCHLD, SIG_DFL);
}

/* Keeps our ends of two pipes, and stderr for the log; everything else was the responder's. */
static void
set_descriptors(int poke_fd, int end_fd, bool is_brief)
{
	const int nowhere = open("/dev/null", O_RDWR);

	/* What the log has open is the responder's as well: it lets go of that. */
	log_maintain();
	/* Both are above END_FD by then, or where they belong. */
	poke_fd = fcntl(poke_fd, F_DUPFD_CLOEXEC, NEXT_FD);
	end_fd = fcntl(end_fd, F_DUPFD_CLOEXEC, NEXT_FD);
	(void)dup2(nowhere, STDIN_FILENO);
	(void)dup2(nowhere, STDOUT_FILENO);
	if (is_brief)
		(void)dup2(nowhere, STDERR_FILENO);
	(void)dup3(poke_fd, POKE_FD, O_CLOEXEC);
	(void)dup3(end_fd, END_FD, O_CLOEXEC);
	if (syscall(SYS_close_range, (unsigned)NEXT_FD, ~0U, 0U) == 0)
		return;
	/* An old kernel: nothing else has been opened before. */
	for (int fd = NEXT_FD; fd < 1024; fd++)
		(void)close(fd);
}

/* Looks into the outbox once. Returns how many seconds there are until the next time. */
static int64_t
look(const struct config *config, bool is_brief)
{
	static const struct resource *const resources[] = {
		&resource_database_writing, &resource_counters, NULL
	};
	struct service service = {0};
	struct delivery delivery = {0};
	enum err err = service_open(config, resources, &service);
	int64_t left;

	if (err == ERR_OK)
		err = delivery_run(&service, 0, is_brief ? -1 : POKE_FD, &delivery);
	service_close(&service, resources);
	if (err != ERR_OK || delivery.is_slow)
		return PAUSE;
	left = delivery.next_at - (int64_t)time(NULL);
	if (delivery.next_at == 0 || left > LOOK)
		return LOOK;
	return left > 1 ? left : 1;
}

/* Waits until there is something to do: *is_open is false once the responder has ended. */
static bool
wait_for_poke(int64_t seconds, bool *is_open)
{
	struct pollfd poke = { .fd = POKE_FD, .events = POLLIN };
	char bytes[256];
	ssize_t got;

	if (poll(&poke, 1, seconds < 0 ? -1 : (int)seconds * 1000) == 0)
		return true;
	got = read(POKE_FD, bytes, sizeof(bytes));
	*is_open = got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
	return got > 0;
}

_Noreturn static void
serve(const struct config *config, bool is_brief)
{
	/* One that stays also delivers what others have left behind. */
	bool is_open = true, is_due = !is_brief;
	int64_t pause = -1;

	while (is_open || is_due) {
		if (is_due)
			pause = look(config, is_brief);
		log_maintain();
		if (is_brief && is_due && pause <= SOON) {
			(void)sleep((unsigned)pause);
			continue;
		}
		is_due = is_open && wait_for_poke(is_brief ? -1 : pause, &is_open);
	}
	log_close();
	_exit(0);
}

/* ---- The responder */

static void
complain(const char *attempt)
{
	log_event(LEVEL_WARNING, "cannot start a courier, so messages wait for another",
	    LOG_TEXT("attempt", attempt), LOG_TEXT("reason", strerror(errno)));
}

static void
close_pipe(const int ends[2])
{
	for (int i = 0; i < 2; i++)
		if (ends[i] >= 0)
			(void)close(ends[i]);
}

static bool
start(const struct config *config, struct courier *courier)
{
	int poke[2] = { -1, -1 }, end[2] = { -1, -1 };
	pid_t pid = -1;

	if (pipe2(poke, O_CLOEXEC) != 0 || pipe2(end, O_CLOEXEC) != 0) {
		complain("make a pipe");
		goto out;
	}
	/* It may end at any time, and nobody waits for it. */
	(void)signal(SIGCHLD, SIG_IGN);
	if ((pid = fork()) == 0) {
		(void)prctl(PR_SET_NAME, "courier");
		(void)close(poke[1]);
		(void)close(end[0]);
		set_signals();
		set_descriptors(poke[0], end[1], courier->is_brief);
		serve(config, courier->is_brief);
	}
	if (pid < 0) {
		complain("make a process");
		goto out;
	}
	(void)fcntl(poke[1], F_SETFL, O_NONBLOCK);
	courier->poke_fd = poke[1];
	courier->end_fd = end[0];
	poke[1] = end[0] = -1;
out:
	close_pipe(poke);
	close_pipe(end);
	return pid > 0;
}

enum err
courier_start(const struct config *config, bool is_brief, struct courier **courier)
{
	if ((*courier = calloc(1, sizeof(**courier))) == NULL)
		return ERR_MEMORY;
	(*courier)->is_brief = is_brief;
	if (start(config, *courier))
		return ERR_OK;
	free(*courier);
	*courier = NULL;
	return ERR_OK;
}

void
courier_stop(struct courier *courier)
{
	struct pollfd end;

	if (courier == NULL)
		return;
	(void)close(courier->poke_fd);
	end = (struct pollfd){ .fd = courier->end_fd };
	if (!courier->is_brief)
		(void)poll(&end, 1, STOP_MS);
	(void)close(courier->end_fd);
	free(courier);
}
