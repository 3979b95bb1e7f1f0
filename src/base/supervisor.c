/* supervisor: tells systemd how this process is doing. */
#include "base/supervisor.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	MESSAGE_SIZE = 512,
	SENDING_SECONDS = 5,	/* that a supervisor may take to read what it was told before */
};

/* Returns the length of the address, or 0 where the name is none of a socket. */
static socklen_t
address_of(const char *name, struct sockaddr_un *address)
{
	const size_t len = strlen(name);

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if ((*name != '/' && *name != '@') || len < 2 || len >= sizeof(address->sun_path))
		return 0;
	memcpy(address->sun_path, name, len);
	/* A name without a file; a file's name ends with a NUL. */
	if (*name == '@')
		address->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (*name == '/'));
}

/* Half the time within which the supervisor wants to hear from this very process; or 0. */
static int64_t
read_watch_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

	if (usec == NULL || (pid != NULL && strtol(pid, NULL, 10) != (long)getpid()))
		return 0;
	return strtoll(usec, NULL, 10) / 2000;
}

void
supervisor_open(struct supervisor *supervisor)
{
	const struct timeval patience = { .tv_sec = SENDING_SECONDS };
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address;
	const socklen_t len = name == NULL ? 0 : address_of(name, &address);

	*supervisor = (struct supervisor){ .fd = -1 };
	if (len == 0)
		return;
	supervisor->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (supervisor->fd < 0)
		return;
	if (connect(supervisor->fd, (struct sockaddr *)&address, len) != 0) {
		supervisor_close(supervisor);
		return;
	}
	(void)setsockopt(supervisor->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	supervisor->watch_ms = read_watch_ms();
}

bool
supervisor_is_told(const struct supervisor *supervisor)
{
	return supervisor->fd >= 0;
}

/* Sends lines that end in a status; what is too long is cut. */
static void
tell(const struct supervisor *supervisor, const char *lines, const char *status)
{
	char message[MESSAGE_SIZE];

	if (supervisor->fd < 0)
		return;
	snprintf(message, sizeof(message), "%sSTATUS=%s", lines, status);
	(void)send(supervisor->fd, message, strlen(message), MSG_NOSIGNAL);
}

void
supervisor_say_ready(const struct supervisor *supervisor, const char *status)
{
	tell(supervisor, "READY=1\n", status);
}

void
supervisor_say_stopping(const struct supervisor *supervisor, const char *status)
{
	tell(supervisor, "STOPPING=1\n", status);
}

void
supervisor_say(const struct supervisor *supervisor, const char *status)
{
	tell(supervisor, "", status);
}

void
supervisor_say_well(struct supervisor *supervisor)
{
	static const char message[] = "WATCHDOG=1";
	const int64_t now = clock_ms();

	if (supervisor->fd < 0 || supervisor->watch_ms <= 0 ||
	    now < supervisor->told_at + supervisor->watch_ms)
		return;
	if (send(supervisor->fd, message, strlen(message), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
		supervisor->told_at = now;
}

void
supervisor_close(struct supervisor *supervisor)
{
	if (supervisor->fd >= 0)
		(void)close(supervisor->fd);
	supervisor->fd = -1;
}
