/* output: runs a program of the system, and takes what it says. */
#include "ctl/doctor/output.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/program.h"

#define SYSTEM_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

enum { ARGUMENTS_MAX = 48, LIMIT_MS = 5000, SIZE_MAX_TAKEN = 8 << 20 };

bool
output_has_program(const char *name)
{
	static const char *const places[] = {
		"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
	};
	char path[256];

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", places[i], name);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

/* Takes all of a file. */
static void
take(int fd, struct output *output)
{
	const off_t size = lseek(fd, 0, SEEK_END);
	ssize_t got = 0;

	if (size < 0 || size > SIZE_MAX_TAKEN ||
	    (output->text = malloc((size_t)size + 1)) == NULL)
		return;
	while (output->len < (size_t)size && (got = pread(fd, output->text + output->len,
	    (size_t)size - output->len, (off_t)output->len)) > 0)
		output->len += (size_t)got;
	output->text[output->len] = '\0';
}

void
output_read(const char *const argv[], const char *input, struct output *output)
{
	char *words[ARGUMENTS_MAX] = { "/usr/bin/env", SYSTEM_PATH, "LC_ALL=C" };
	struct program program = { .argv = words, .text = input, .len = strlen(input),
		.limit_ms = LIMIT_MS, .stop_fd = -1 };
	const int fd = memfd_create("output", MFD_CLOEXEC);	/* owned */
	struct program_end end;

	*output = (struct output){0};
	/* execve() takes words that it does not change as if it could. */
	for (size_t i = 0; argv[i] != NULL && i + 4 < ARGUMENTS_MAX; i++)
		words[i + 3] = (char *)(uintptr_t)argv[i];
	program.has_output = fd >= 0;
	program.output = fd;
	output->is_done = program_run(&program, &end) == ERR_OK;
	if (fd >= 0)
		take(fd, output);
	if (output->text == NULL)
		output->text = calloc(1, 1);
	if (fd >= 0)
		(void)close(fd);
}

void
output_free(struct output *output)
{
	free(output->text);
	output->text = NULL;
}
