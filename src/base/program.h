/*
 * program: runs another program, and gives it a text.
 *
 * There is no shell: the program has a path and arguments that never depend on the text. It gets
 * the text as its standard input, an empty environment, the directory /, no other descriptor of
 * ours, and the default of every signal. What it writes is thrown away, but for the begin of what
 * it complains about, unless it is to be in a file. It leads a process group of its own, and when
 * its time is up, all of that group is killed. It also ends when the thread that runs it does.
 */
#ifndef BEARWARD_BASE_PROGRAM_H
#define BEARWARD_BASE_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { PROGRAM_REASON_SIZE = 96, PROGRAM_SAID_SIZE = 200 };

/* What to run, and how long it may take. All is borrowed. */
struct program {
	char *const *argv;	/* argv[0] is the path; NULL ends it */
	const char *text;	/* its standard input */
	size_t len;
	int limit_ms;
	int stop_fd;		/* a pipe, or -1: once its other end is closed, the program */
	int stop_ms;		/* has this time left */
	bool has_output;	/* what it writes and complains about is to be in a file: */
	int output;		/* this one, open to write */
};

/* What came of it. */
struct program_end {
	char reason[PROGRAM_REASON_SIZE];	/* of failing: "exit status 75"; or "" */
	bool was_killed;	/* by us: its time was up */
	char said[PROGRAM_SAID_SIZE];		/* first line on its stderr, cut; "" for none */
};

/*
 * Runs a program and waits until it has ended. Returns ERR_OK when it has ended with status 0,
 * whether or not it has read all of the text; processes that it has started may go on then.
 * Returns ERR_REFUSED, and end->reason tells why, when it could not be run, ended otherwise, or
 * was killed because its time was up. No signal may be needed by anyone else: SIGPIPE must be
 * ignored or blocked, and SIGCHLD must not be ignored.
 */
ERR_CHECKED enum err program_run(const struct program *program, struct program_end *end);

#endif
