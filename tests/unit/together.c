/*
 * together: the tests of many modules in one program, which takes less time to link, and to start
 * under valgrind, than a program each.
 *
 *   build/tests/unit/text/test_scope
 *           is a link to it, and runs the tests of that module
 *   build/tests/unit/together text/test_scope ...
 *           runs those of each module, in a process of its own
 *
 * Makefile calls the main() of tests/unit/text/test_scope.c tests_unit_text_test_scope().
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deadline.h"

static const char prefix[] = "tests/unit/";

static void
give_up(const char *what, const char *module)
{
	fprintf(stderr, "%s: %s\n", module, what);
	exit(2);
}

/* Runs the tests of a module in this process, and returns how many have failed. */
static int
run(const char *module)
{
	char name[128];
	int (*test)(void);

	if (snprintf(name, sizeof(name), "%s%s", prefix, module) >= (int)sizeof(name))
		give_up("too long", module);
	for (char *c = name; *c != '\0'; c++)
		if (*c == '/')
			*c = '_';
	/* As POSIX has it; ISO C knows no pointer to both. */
	*(void **)&test = dlsym(RTLD_DEFAULT, name);
	if (test == NULL)
		give_up("no such module here", module);
	return test();
}

/* Runs them in a process of its own, and returns 0, or 1 when something has failed. */
static int
run_apart(const char *module)
{
	const pid_t pid = fork();
	int status;

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		deadline_set();
		exit(run(module));
	}
	if (pid == -1 || waitpid(pid, &status, 0) != pid)
		give_up("cannot be run", module);
	if (status == 0)
		return 0;
	fprintf(stderr, "%s has failed, with status 0x%x\n", module, (unsigned)status);
	return 1;
}

int
main(int argc, char **argv)
{
	const char *called = NULL;
	int failed = 0;

	for (const char *at = argv[0]; (at = strstr(at, prefix)) != NULL; at += strlen(prefix))
		called = at + strlen(prefix);
	if (called != NULL && strcmp(called, "together") != 0)
		return run(called);
	for (int i = 1; i < argc; i++)
		failed |= run_apart(argv[i]);
	return failed;
}
