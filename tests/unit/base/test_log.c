/* test_log: one event is one line, and no input makes it two. */
#include <errno.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"

struct capture {
	int kept;		/* the real stderr */
	int reader;
	char text[8192];	/* what came, NUL-terminated */
	size_t len;
	unsigned writes;
};

/* Stderr becomes a socket that keeps messages apart, so that each write(2) can be counted. */
static void
capture_start(struct capture *capture)
{
	int ends[2];

	*capture = (struct capture){0};
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	capture->kept = dup(STDERR_FILENO);
	capture->reader = ends[0];
	assert_return_code(dup2(ends[1], STDERR_FILENO), errno);
	close(ends[1]);
}

static void
capture_stop(struct capture *capture)
{
	ssize_t got;

	dup2(capture->kept, STDERR_FILENO);
	close(capture->kept);
	while ((got = read(capture->reader, capture->text + capture->len,
	    sizeof(capture->text) - 1 - capture->len)) > 0) {
		capture->len += (size_t)got;
		capture->writes++;
	}
	close(capture->reader);
}

static int
setup(void **state)
{
	(void)state;
	log_open("token", LOG_TO_STDERR, LEVEL_INFO);
	return 0;
}

/* Everything after the process's name; the line's end is cut off. */
static const char *
after_head(struct capture *capture)
{
	char *start = strstr(capture->text, " token ");

	assert_non_null(start);
	assert_int_equal(capture->text[capture->len - 1], '\n');
	capture->text[capture->len - 1] = '\0';
	return start + strlen(" token ");
}

static void
a_line_has_time_level_process_event_and_fields(void **state)
{
	static const char *const pattern =
	    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z "
	    "info token event=\"signed in\" user=alice uid=3\n$";
	struct capture capture;
	regex_t regex;

	(void)state;
	capture_start(&capture);
	log_event(LEVEL_INFO, "signed in", LOG_TEXT("user", "alice"), LOG_NUMBER("uid", 3));
	capture_stop(&capture);

	assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	if (regexec(&regex, capture.text, 0, NULL, 0) != 0)
		fail_msg("unexpected line: %s", capture.text);
	regfree(&regex);
}

static void
each_event_is_one_write(void **state)
{
	struct capture capture;

	(void)state;
	capture_start(&capture);
	log_event(LEVEL_INFO, "one", LOG_TEXT("text", "a\nb"));
	log_event(LEVEL_ERROR, "two", LOG_NUMBER("n", 1), LOG_NUMBER("m", 2));
	capture_stop(&capture);

	assert_int_equal(capture.writes, 2);
}

static void
input_is_quoted_and_escaped(void **state)
{
	static const struct {
		const char *text;
		const char *expected;
	} vectors[] = {
		{ "alice", "event=e t=alice" },
		{ "", "event=e t=\"\"" },
		{ "a b", "event=e t=\"a b\"" },
		{ "a=b", "event=e t=\"a=b\"" },
		{ "a\"b", "event=e t=\"a\\x22b\"" },
		{ "a\\b", "event=e t=\"a\\x5cb\"" },
		{ "a\nb\rc", "event=e t=\"a\\x0ab\\x0dc\"" },
		{ "\x1b[31m\x7f", "event=e t=\"\\x1b[31m\\x7f\"" },
		{ "m\xc3\xbcller", "event=e t=m\xc3\xbcller" },
		{ "\xf0\x9f\x90\xbb", "event=e t=\xf0\x9f\x90\xbb" },
		{ "\xc2\x85next", "event=e t=\"\\xc2\\x85next\"" },
		{ "\xe2\x80\xa8next", "event=e t=\"\\xe2\\x80\\xa8next\"" },
		{ "a\xff", "event=e t=\"a\\xff\"" },
		{ "a\xc3", "event=e t=\"a\\xc3\"" },
		{ "\xc0\xaf", "event=e t=\"\\xc0\\xaf\"" },
		{ "\xed\xa0\x80", "event=e t=\"\\xed\\xa0\\x80\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct capture capture;

		capture_start(&capture);
		log_event(LEVEL_INFO, "e", LOG_TEXT("t", vectors[i].text));
		capture_stop(&capture);

		assert_string_equal(after_head(&capture), vectors[i].expected);
	}
}

static void
a_missing_text_is_a_dash(void **state)
{
	struct capture capture;
	const char *nobody = NULL;

	(void)state;
	capture_start(&capture);
	log_event(LEVEL_INFO, "e", LOG_TEXT("user", nobody), LOG_NUMBER("n", -7));
	capture_stop(&capture);

	assert_string_equal(after_head(&capture), "event=e user=- n=-7");
}

/* Every length near the limit, with each kind of character at the edge. */
static void
a_long_line_is_cut_at_2_kib_between_characters(void **state)
{
	static const char *const units[] = { "a", "\n", "\xc3\xbc", "\xf0\x9f\x90\xbb", " " };
	char text[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		for (size_t shift = 0; shift < 8; shift++) {
			struct capture capture;
			size_t len = shift;

			memset(text, 'x', shift);
			while (len < 3000) {
				memcpy(text + len, units[i], strlen(units[i]));
				len += strlen(units[i]);
			}
			text[len] = '\0';
			capture_start(&capture);
			log_event(LEVEL_INFO, "e", LOG_TEXT("t", text), LOG_TEXT("u", "more"));
			capture_stop(&capture);

			assert_in_range(capture.len, 2030, 2048);
			assert_string_equal(capture.text + capture.len - 4, "...\n");
			assert_null(strstr(capture.text, "more"));
			assert_ptr_equal(strchr(capture.text, '\n'),
			    capture.text + capture.len - 1);
		}
	}
}

static void
a_line_of_any_length_stays_within_its_room(void **state)
{
	char text[2100];

	(void)state;
	for (size_t len = 1950; len < sizeof(text); len++) {
		struct capture capture;

		memset(text, ' ', len);
		text[len] = '\0';
		capture_start(&capture);
		log_event(LEVEL_INFO, "e", LOG_TEXT("t", text), LOG_TEXT("u", ""));
		capture_stop(&capture);

		assert_true(capture.len <= 2048);
	}
}

static void
events_above_the_level_are_not_written(void **state)
{
	struct capture capture;

	(void)state;
	log_open("token", LOG_TO_STDERR, LEVEL_WARNING);
	capture_start(&capture);
	log_event(LEVEL_INFO, "no", LOG_NUMBER("n", 1));
	log_event(LEVEL_WARNING, "yes", LOG_NUMBER("n", 1));
	capture_stop(&capture);

	assert_int_equal(capture.writes, 1);
	assert_string_equal(after_head(&capture), "event=yes n=1");
}

static void
syslog_leaves_stderr_alone(void **state)
{
	struct capture capture;

	(void)state;
	capture_start(&capture);
	log_open("token", LOG_TO_SYSLOG, LEVEL_INFO);
	log_event(LEVEL_INFO, "e", LOG_NUMBER("n", 1));
	capture_stop(&capture);

	assert_int_equal(capture.writes, 0);
}

static void
errno_is_kept(void **state)
{
	struct capture capture;

	(void)state;
	capture_start(&capture);
	close(STDERR_FILENO);
	errno = ENOSPC;
	log_event(LEVEL_INFO, "e", LOG_NUMBER("n", 1));
	int after = errno;
	capture_stop(&capture);

	assert_int_equal(after, ENOSPC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_line_has_time_level_process_event_and_fields, setup),
		cmocka_unit_test_setup(each_event_is_one_write, setup),
		cmocka_unit_test_setup(input_is_quoted_and_escaped, setup),
		cmocka_unit_test_setup(a_missing_text_is_a_dash, setup),
		cmocka_unit_test_setup(a_long_line_is_cut_at_2_kib_between_characters, setup),
		cmocka_unit_test_setup(a_line_of_any_length_stays_within_its_room, setup),
		cmocka_unit_test_setup(events_above_the_level_are_not_written, setup),
		cmocka_unit_test_setup(syslog_leaves_stderr_alone, setup),
		cmocka_unit_test_setup(errno_is_kept, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
