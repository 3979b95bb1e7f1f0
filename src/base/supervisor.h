/*
 * supervisor: tells systemd how this process is doing, as sd_notify(3) does.
 *
 * NOTIFY_SOCKET in the environment names the socket; without it, nothing is told. The socket is
 * opened before the process is confined, and one thread uses it.
 */
#ifndef BEARWARD_BASE_SUPERVISOR_H
#define BEARWARD_BASE_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>

struct supervisor {
	int fd;			/* owned; -1: nobody is told */
	int64_t watch_ms;	/* how often it wants to hear that all is well; 0: not at all */
	int64_t told_at;	/* of clock_ms(): when it last has */
};

/* Connects to the supervisor that the environment names. */
void supervisor_open(struct supervisor *supervisor);

/* Returns whether there is one that is told. */
bool supervisor_is_told(const struct supervisor *supervisor);

/* Says that the service is ready, or that it is about to end. status is for people. */
void supervisor_say_ready(const struct supervisor *supervisor, const char *status);
void supervisor_say_stopping(const struct supervisor *supervisor, const char *status);

/* Tells people how the service is doing. */
void supervisor_say(const struct supervisor *supervisor, const char *status);

/*
 * Says that all is well, twice as often as the supervisor wants to hear it (WATCHDOG_USEC). To be
 * called more often than that. One that does not hear it ends the process, and starts another.
 */
void supervisor_say_well(struct supervisor *supervisor);

/* Closes what supervisor_open() has opened. */
void supervisor_close(struct supervisor *supervisor);

#endif
