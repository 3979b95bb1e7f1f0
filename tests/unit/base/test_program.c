/* test_program: runs programs, which do what they like. */
#include "base/program.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENT_MS = 60000 };	/* ends what hopes in vain */

static char directory[] = "/tmp/bearward-program-XXXXXX";

/* Runs a script of the shell, in which $1 is the directory. */
static enum err
run(const char *script, const char *text, int limit_ms, int stop_fd, struct program_end *end)
{
	char *argv[] = { "/bin/sh", "-c", strdup(script), "sh", directory, NULL };
	const struct program program = {
		.argv = argv, .text = text, .len = strlen(text), .limit_ms = limit_ms,
		.stop_fd = stop_fd, .stop_ms = 1,
	};
	const enum err err = program_run(&program, end);

	free(argv[2]);
	return err;
}

/* Reads a file of the directory; the text is the caller's. */
static char *
read_file(const char *name)
{
	char path[256], *text = NULL;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	if ((file = fopen(path, "re")) == NULL || getdelim(&text, &size, '\0', file) < 0) {
		/* It has made room also for nothing. */
		free(text);
		text = calloc(1, 1);
	}
	if (file != NULL)
		fclose(file);
	return text;
}

static void
a_program_gets_the_text_whatever_its_length_and_nothing_else(void **state)
{
	static char text[300001];
	struct program_end end;
	char *read_back, *seen;
	const int inherited = dup(STDERR_FILENO);

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	assert_int_equal(run("cat >$1/text; pwd >$1/seen; ls /proc/self/fd | wc -w >>$1/seen; "
	    "tr '\\0' '\\n' </proc/self/environ >>$1/seen; "
	    "[ $(ps -o pgid= -p $$) = $$ ] && echo leads >>$1/seen; "
	    "grep -E '^Sig(Blk|Ign):\t0+(1?80000000)?$' /proc/self/status | wc -l >>$1/seen",
	    text, PATIENT_MS, -1, &end), ERR_OK);
	read_back = read_file("text");
	seen = read_file("seen");
	assert_string_equal(read_back, text);
	/* ls itself opens the fourth. Two signals are of the C library; make ignores them. */
	assert_string_equal(seen, "/\n4\nleads\n2\n");
	assert_string_equal(end.reason, "");
	assert_string_equal(end.said, "");
	free(read_back);
	free(seen);
	close(inherited);
}

static void
how_a_program_ends_is_told_with_the_first_line_of_its_complaint(void **state)
{
	static const struct {
		const char *script, *reason, *said;
	} cases[] = {
		{ "exit 0", "", "" },
		{ "exec <&-; echo reads nothing >&2; exit 0", "", "reads nothing" },
		{ "echo lost; exit 75", "exit status 75", "" },
		{ "echo first >&2; echo second >&2; exit 1", "exit status 1", "first" },
		{ "printf unfinished >&2; kill -TERM $$", "killed by signal 15", "unfinished" },
		{ "head -c 300000 /dev/zero | tr '\\0' y >&2; exit 3", "exit status 3", "yyyyy" },
		/* What is left in the background is no matter. */
		{ "(exec sleep 1000 </dev/null) & echo $! >$1/background; exit 0", "", "" },
	};
	static char text[200000];
	char *background;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct program_end end;
		const enum err err = run(cases[i].script, text, PATIENT_MS, -1, &end);

		assert_int_equal(err, *cases[i].reason == '\0' ? ERR_OK : ERR_REFUSED);
		assert_string_equal(end.reason, cases[i].reason);
		assert_memory_equal(end.said, cases[i].said, strlen(cases[i].said));
		assert_true(strlen(end.said) < PROGRAM_SAID_SIZE);
	}
	background = read_file("background");
	assert_int_equal(kill((pid_t)atoi(background), SIGKILL), 0);
	free(background);
}

static void
a_program_that_cannot_be_run_is_told_with_the_reason(void **state)
{
	char *missing[] = { "/nonexistent/sendmail", NULL }, *plain[] = { "/etc/passwd", NULL };
	struct program program = { .argv = missing, .text = "", .limit_ms = PATIENT_MS,
		.stop_fd = -1 };
	struct program_end end;

	(void)state;
	assert_int_equal(program_run(&program, &end), ERR_REFUSED);
	assert_string_equal(end.reason, "cannot be run: No such file or directory");
	program.argv = plain;
	assert_int_equal(program_run(&program, &end), ERR_REFUSED);
	assert_string_equal(end.reason, "cannot be run: Permission denied");
}

/* Waits until nobody leads that group, and none is in it. */
static bool
is_gone(const char *file)
{
	char *group = read_file(file);
	const pid_t pid = (pid_t)atoi(group);

	free(group);
	assert_true(pid > 0);
	for (int i = 0; i < 6000 && (kill(-pid, 0) == 0 || errno != ESRCH); i++)
		usleep(10000);
	return kill(-pid, 0) != 0;
}

static void
a_program_that_takes_too_long_is_killed_with_all_that_it_has_started(void **state)
{
	struct program_end end;

	(void)state;
	assert_int_equal(run("trap '' TERM; echo $$ >$1/group; sleep 1000 & sleep 1000", "",
	    300, -1, &end), ERR_REFUSED);
	assert_string_equal(end.reason, "killed, because it took longer than 0 seconds");
	assert_true(is_gone("group"));
}

static void
a_program_is_killed_soon_once_the_other_end_is_closed(void **state)
{
	struct program_end end;
	int stop[2];

	(void)state;
	assert_int_equal(pipe2(stop, O_CLOEXEC), 0);
	assert_int_equal(write(stop[1], "poke", 4), 4);
	assert_int_equal(run("exit 0", "", PATIENT_MS, stop[0], &end), ERR_OK);
	close(stop[1]);
	assert_int_equal(run("echo $$ >$1/stopped; sleep 1000", "", PATIENT_MS, stop[0], &end),
	    ERR_REFUSED);
	assert_string_equal(end.reason, "killed, because bearward stopped");
	close(stop[0]);
}

static void
a_program_ends_when_whoever_runs_it_is_killed(void **state)
{
	struct program_end end;
	char *group = NULL;
	const pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(run("echo $$ >$1/orphan; exec sleep 1000", "", PATIENT_MS, -1, &end) !=
		    ERR_OK);
	for (int i = 0; i < 6000; i++) {
		free(group);
		if (*(group = read_file("orphan")) != '\0')
			break;
		usleep(10000);
	}
	free(group);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(is_gone("orphan"));
}

static void
what_a_program_writes_is_in_a_file_where_that_is_asked_for(void **state)
{
	char *argv[] = { "/bin/sh", "-c", "echo out; echo err >&2; exit 3", NULL };
	FILE *file = tmpfile();
	const struct program program = {
		.argv = argv, .text = "", .limit_ms = PATIENT_MS, .stop_fd = -1,
		.has_output = true, .output = fileno(file),
	};
	struct program_end end;
	char read_back[32] = "";

	(void)state;
	assert_int_equal(program_run(&program, &end), ERR_REFUSED);
	rewind(file);
	assert_true(fread(read_back, 1, sizeof(read_back) - 1, file) > 0);
	assert_string_equal(read_back, "out\nerr\n");
	assert_string_equal(end.reason, "exit status 3");
	assert_string_equal(end.said, "");
	fclose(file);
}

static int
make_directory(void **state)
{
	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	return mkdtemp(directory) == NULL;
}

static int
remove_directory(void **state)
{
	static const char *const names[] = {
		"text", "seen", "background", "group", "stopped", "orphan",
	};
	char path[256];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		(void)unlink(path);
	}
	return rmdir(directory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_gets_the_text_whatever_its_length_and_nothing_else),
		cmocka_unit_test(how_a_program_ends_is_told_with_the_first_line_of_its_complaint),
		cmocka_unit_test(a_program_that_cannot_be_run_is_told_with_the_reason),
		cmocka_unit_test(
		    a_program_that_takes_too_long_is_killed_with_all_that_it_has_started),
		cmocka_unit_test(a_program_is_killed_soon_once_the_other_end_is_closed),
		cmocka_unit_test(a_program_ends_when_whoever_runs_it_is_killed),
		cmocka_unit_test(what_a_program_writes_is_in_a_file_where_that_is_asked_for),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
