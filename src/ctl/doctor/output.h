/*
 * output: runs a program of the system, and takes what it says.
 */
#ifndef BEARWARD_CTL_DOCTOR_OUTPUT_H
#define BEARWARD_CTL_DOCTOR_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

struct output {
	bool is_done;			/* it has ended with status 0 */
	char *text;			/* owned: what it has written to stdout and stderr; NULL:
					 * there is no memory */
	size_t len;
};

/* Returns whether there is a program of that name where those of the system are. */
bool output_has_program(const char *name);

/*
 * Runs a program, which is looked for where those of the system are, with its arguments (NULL ends
 * them), for five seconds at most. It gets a text as its standard input, and no variable but PATH
 * and LC_ALL. A few MiB of what it says are taken.
 */
void output_read(const char *const argv[], const char *input, struct output *output);

void output_free(struct output *output);

#endif
