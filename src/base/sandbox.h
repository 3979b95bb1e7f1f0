/*
 * sandbox: takes from this process, for good, what it never needs.
 *
 * A plan names the files that it may still open, and what for. After sandbox_enter() the process
 * has no capabilities and cannot gain any, can open nothing else (Landlock, where the kernel has
 * it), and is refused every system call that is not on a list (seccomp): it cannot run a program,
 * make a process, open a socket (unless the plan says otherwise), trace or signal others, or
 * change its account. To run a program ends the process.
 *
 * Everything holds for threads that are started later, so the process must have one thread.
 */
#ifndef BEARWARD_BASE_SANDBOX_H
#define BEARWARD_BASE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { SANDBOX_FILES_MAX = 16 };

/* What a file is opened for. A rule is about the file that has the name now. */
enum sandbox_access {
	SANDBOX_READ,
	SANDBOX_WRITE,		/* and read */
	SANDBOX_MAKE,		/* the same, and it is made if there is none */
	SANDBOX_READ_BELOW,	/* a directory, and all below it, now or later */
	SANDBOX_CHANGE_BELOW,	/* the same, to write, make and remove files as well */
};

/* All zero at first. */
struct sandbox_plan {
	bool connects_locally;		/* to sockets of this host: syslog, a database */
	bool connects_to_hosts;		/* also over TCP, having asked for their addresses */
	size_t count;
	struct {
		enum sandbox_access access;
		int fd;			/* owned */
	} files[SANDBOX_FILES_MAX];
};

/* What was taken away. */
struct sandbox_state {
	int landlock;			/* version of what the kernel has; 0: none */
	bool has_seccomp;
};

/* Tells whether this build can be confined: what sanitizers do could not be. */
bool sandbox_is_possible(void);

/* Allows a file of a directory; name "" for the directory itself. One that is missing is none. */
void sandbox_allow(struct sandbox_plan *plan, enum sandbox_access access, const char *directory,
    const char *name);

/*
 * Enters the sandbox. What the kernel does not have is left out. Returns ERR_SETUP, logged, when
 * something else goes wrong.
 */
ERR_CHECKED enum err sandbox_enter(const struct sandbox_plan *plan, struct sandbox_state *state);

/* Closes what the plan holds. */
void sandbox_plan_clear(struct sandbox_plan *plan);

#endif
