/* test_log_journal: what the journal is sent for a line. */
#include "base/log_journal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

#define HEAD "PRIORITY=4\nSYSLOG_FACILITY=10\nSYSLOG_IDENTIFIER=bearward-me\nMESSAGE="

static size_t
journal_of(const char *text, char *out, size_t size)
{
	const struct log_journal_line line = {
		"bearward-me", LOG_WARNING, text, strlen(text),
	};

	return log_journal_write(&line, out, size);
}

static void
each_key_is_a_field_and_the_line_the_message(void **state)
{
	static const struct {
		const char *line, *fields;
	} cases[] = {
		{ "event=confined", "BEARWARD_EVENT=confined\n" },
		{ "event=\"signed in\" user=alice uid=3",
		    "BEARWARD_EVENT=signed in\nBEARWARD_USER=alice\nBEARWARD_UID=3\n" },
		{ "event=x reason=\"a = b\" user_agent=\"\" n=-1 repeated=7",
		    "BEARWARD_EVENT=x\nBEARWARD_REASON=a = b\nBEARWARD_USER_AGENT=\n"
		    "BEARWARD_N=-1\nBEARWARD_REPEATED=7\n" },
		{ "event=x user=\"a\\x22 b\\x0ac=d\"",
		    "BEARWARD_EVENT=x\nBEARWARD_USER=a\\x22 b\\x0ac=d\n" },
		/* Lines that were cut. */
		{ "event=x user=\"alice...", "BEARWARD_EVENT=x\nBEARWARD_USER=alice...\n" },
		{ "event=x user=", "BEARWARD_EVENT=x\nBEARWARD_USER=\n" },
		{ "event=x user=\"", "BEARWARD_EVENT=x\nBEARWARD_USER=\n" },
		{ "event=x us...", "BEARWARD_EVENT=x\n" },
		{ "event=x =y", "BEARWARD_EVENT=x\n" },
	};
	char out[1024], expected[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		out[journal_of(cases[i].line, out, sizeof(out))] = '\0';
		(void)snprintf(expected, sizeof(expected), HEAD "%s\n%s", cases[i].line,
		    cases[i].fields);
		assert_string_equal(out, expected);
	}
}

static void
a_field_that_finds_no_room_is_left_out(void **state)
{
	static const char line[] = "event=x first=1 second=22 third=3";
	char whole[512], out[512];
	const size_t len = journal_of(line, whole, sizeof(whole));

	(void)state;
	for (size_t size = len; size > sizeof(HEAD) + sizeof(line); size--) {
		const size_t cut = journal_of(line, out, size);

		assert_in_range(cut, sizeof(HEAD), size);
		assert_int_equal(out[cut - 1], '\n');
		assert_memory_equal(out, HEAD, sizeof(HEAD) - 1);
	}
}

static void
stderr_is_the_journal_if_it_is_the_stream_that_was_named(void **state)
{
	char stream[64];
	struct stat st;

	(void)state;
	assert_return_code(fstat(STDERR_FILENO, &st), errno);
	(void)snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
	    (unsigned long long)st.st_ino);

	unsetenv("JOURNAL_STREAM");
	assert_false(log_journal_has_stderr());
	setenv("JOURNAL_STREAM", stream, 1);
	assert_true(log_journal_has_stderr());
	(void)snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
	    (unsigned long long)st.st_ino + 1);
	setenv("JOURNAL_STREAM", stream, 1);
	assert_false(log_journal_has_stderr());
	setenv("JOURNAL_STREAM", "nonsense", 1);
	assert_false(log_journal_has_stderr());
	unsetenv("JOURNAL_STREAM");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key_is_a_field_and_the_line_the_message),
		cmocka_unit_test(a_field_that_finds_no_room_is_left_out),
		cmocka_unit_test(stderr_is_the_journal_if_it_is_the_stream_that_was_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
