/* test_http_input: a head in order is taken in, and all else is refused with what it deserves. */
#include "serve/http_input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "peer.h"

static long
begin(struct http_input *input, const char *data, size_t len, size_t step)
{
	struct peer peer = { .data = data, .len = len, .step = step };
	const struct source source = { peer_read, &peer };

	return http_input_begin(input, &source, 0);
}

#define HEAD "GET /verify?SIGNIN=/signin HTTP/1.1\r\n" "Host: x\r\n" \
	"Cookie: \t a=b; c=\xc3\xa4 \t\r\n" "Empty:\r\n" "\r\n"

static void
a_head_is_the_same_however_its_bytes_come(void **state)
{
	struct http_input input;

	(void)state;
	for (size_t step = 1; step < sizeof(HEAD); step++) {
		assert_int_equal(begin(&input, HEAD, sizeof(HEAD) - 1, step), 1);

		assert_string_equal(input.method, "GET");
		assert_string_equal(input.target, "/verify?SIGNIN=/signin");
		assert_true(input.is_1_1 && input.is_kept);
		assert_int_equal(input.count, 3);
		assert_string_equal(input.headers[1].name, "Cookie");
		assert_string_equal(input.headers[1].value, "a=b; c=\xc3\xa4");
		assert_string_equal(input.headers[2].name, "Empty");
		assert_string_equal(input.headers[2].value, "");
		http_input_clear(&input);
	}
}

static void
a_head_that_is_cut_off_anywhere_is_broken_and_answered_by_nobody(void **state)
{
	struct http_input input;

	(void)state;
	for (size_t len = 1; len < sizeof(HEAD) - 1; len++) {
		assert_int_equal(begin(&input, HEAD, len, len), WIRE_BROKEN);
		assert_int_equal(input.refusal, 0);
		assert_null(input.fault);
		http_input_clear(&input);
	}
}

static void
a_peer_that_says_nothing_is_not_broken(void **state)
{
	struct http_input input;

	(void)state;
	assert_int_equal(begin(&input, "", 0, 1), 0);

	assert_null(input.fault);
	http_input_clear(&input);
}

static void
a_peer_that_falls_silent_is_too_slow(void **state)
{
	struct peer peer = { .data = HEAD, .len = 20, .step = 7, .end = WIRE_TOO_SLOW };
	const struct source source = { peer_read, &peer };
	struct http_input input;

	(void)state;
	assert_int_equal(http_input_begin(&input, &source, 0), WIRE_TOO_SLOW);

	assert_null(input.fault);
	http_input_clear(&input);
}

/* Whatever is taken has no control character, and no end of a line in it. */
static void
check_bytes(const struct http_input *input)
{
	assert_true(http_input_is_method(input->method));
	assert_int_equal(input->target[0], '/');
	for (size_t i = 0; i < input->count; i++) {
		const struct http_header *header = &input->headers[i];

		assert_true(*header->name != '\0');
		assert_null(strpbrk(header->name, " \t\"(),/:;<=>?@[\\]{}"));
		for (const char *c = header->value; *c != '\0'; c++)
			assert_true((unsigned char)*c >= 0x20 || *c == '\t');
	}
}

static void
any_byte_anywhere_is_taken_as_a_whole_or_refused(void **state)
{
	char sent[] = HEAD;
	struct http_input input;
	long got;

	(void)state;
	for (size_t at = 0; at < sizeof(sent) - 1; at++)
		for (int value = 0; value < 256; value++) {
			const char before = sent[at];

			sent[at] = (char)value;
			got = begin(&input, sent, sizeof(sent) - 1, sizeof(sent));
			assert_true(got == 1 || got == WIRE_BROKEN);
			if (got == 1)
				check_bytes(&input);
			http_input_clear(&input);
			sent[at] = before;
		}
}

static const struct {
	const char *what;
	int status;
	const char *sent;
	size_t len;
} malformed[] = {
#define ROW(what, status, sent) { what, status, sent, sizeof(sent) - 1 }
#define AFTER(line) "GET / HTTP/1.1\r\nHost: x\r\n" line "\r\n\r\n"
	ROW("an empty line first", 400, "\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"),
	ROW("LF alone behind the first line", 400, "GET / HTTP/1.1\nHost: x\r\n\r\n"),
	ROW("LF alone behind a header", 400, "GET / HTTP/1.1\r\nHost: x\n\r\n"),
	ROW("LF alone at the end", 400, "GET / HTTP/1.1\r\nHost: x\r\n\n"),
	ROW("CR alone", 400, AFTER("A: b\rC: d")),
	ROW("CR twice", 400, AFTER("A: b\r")),
	ROW("NUL in the first line", 400, "GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n"),
	ROW("NUL in a value", 400, AFTER("A: b\0c")),
	ROW("NUL in a name", 400, AFTER("A\0: b")),
	ROW("DEL in a value", 400, AFTER("A: \x7f")),
	ROW("ESC in a value", 400, AFTER("A: \x1b[m")),
	ROW("a folded line", 400, AFTER("A: b\r\n c")),
	ROW("a line folded by a tab", 400, AFTER("A: b\r\n\tc: d")),
	ROW("a folded first header", 400, "GET / HTTP/1.1\r\n Host: x\r\n\r\n"),
	ROW("a space before the colon", 400, AFTER("A : b")),
	ROW("a tab before the colon", 400, AFTER("A\t: b")),
	ROW("a header without a colon", 400, AFTER("A")),
	ROW("a header without a name", 400, AFTER(": b")),
	ROW("a name with a space", 400, AFTER("A B: c")),
	ROW("a name in quotation marks", 400, AFTER("\"A\": c")),
	ROW("a name beyond ASCII", 400, AFTER("\xc3\xa4: c")),
	ROW("no Host", 400, "GET / HTTP/1.1\r\n\r\n"),
	ROW("two Hosts", 400, AFTER("host: x")),
	ROW("two Hosts of HTTP/1.0", 400, "GET / HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n"),
	ROW("a body", 400, AFTER("Content-Length: 1")),
	ROW("a body of 00", 400, AFTER("Content-Length: 00")),
	ROW("a body of 0, 0", 400, AFTER("Content-Length: 0, 0")),
	ROW("a body of nothing", 400, AFTER("Content-Length:")),
	ROW("two lengths", 400, AFTER("Content-Length: 0\r\nContent-Length: 0")),
	ROW("chunks", 400, AFTER("Transfer-Encoding: chunked")),
	ROW("another coding", 400, AFTER("transfer-encoding: identity")),
	ROW("a body that nobody announced", 400, AFTER("A: b") "x"),
	ROW("two requests at once", 400, AFTER("A: b") AFTER("A: b")),
	ROW("an empty line too many", 400, AFTER("A: b") "\r\n"),
	ROW("a whole URL", 400, "GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n"),
	ROW("an authority", 400, "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n"),
	ROW("an asterisk", 400, "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"),
	ROW("no target", 400, "GET  HTTP/1.1\r\nHost: x\r\n\r\n"),
	ROW("two spaces", 400, "GET  / HTTP/1.1\r\nHost: x\r\n\r\n"),
	ROW("a tab", 400, "GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n"),
	ROW("a space in the target", 400, "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n"),
	ROW("a target beyond ASCII", 400, "GET /\xc3\xa4 HTTP/1.1\r\nHost: x\r\n\r\n"),
	ROW("no version", 400, "GET /\r\n\r\n"),
	ROW("no version but a space", 400, "GET / \r\nHost: x\r\n\r\n"),
	ROW("another protocol", 400, "GET / HTTPS/1.1\r\nHost: x\r\n\r\n"),
	ROW("small letters", 400, "GET / http/1.1\r\nHost: x\r\n\r\n"),
	ROW("a space behind the version", 505, "GET / HTTP/1.1 \r\nHost: x\r\n\r\n"),
	ROW("HTTP/0.9", 505, "GET / HTTP/0.9\r\nHost: x\r\n\r\n"),
	ROW("HTTP/1.2", 505, "GET / HTTP/1.2\r\nHost: x\r\n\r\n"),
	ROW("HTTP/1.01", 505, "GET / HTTP/1.01\r\nHost: x\r\n\r\n"),
	ROW("HTTP/2", 505, "GET / HTTP/2.0\r\nHost: x\r\n\r\n"),
	ROW("the preface of HTTP/2", 400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
	ROW("a method with a colon", 400, "GET: / HTTP/1.1\r\nHost: x\r\n\r\n"),
	ROW("a method of 33 letters", 400,
	    "GETGETGETGETGETGETGETGETGETGETGET / HTTP/1.1\r\nHost: x\r\n\r\n"),
#undef ROW
};

static void
what_is_not_in_order_is_refused_and_named(void **state)
{
	struct http_input input;

	(void)state;
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
		for (size_t step = 1; step <= malformed[i].len; step += malformed[i].len - 1) {
			if (begin(&input, malformed[i].sent, malformed[i].len, step) !=
			    WIRE_BROKEN && step > 1)
				fail_msg("taken: %s", malformed[i].what);
			/* What comes later than a whole head belongs to the next request. */
			if (step > 1 && (input.refusal != malformed[i].status ||
			    input.fault == NULL))
				fail_msg("%s: %d", malformed[i].what, input.refusal);
			http_input_clear(&input);
		}
}

static const struct {
	const char *sent;
	bool is_1_1, is_kept;
} kept[] = {
	{ "GET / HTTP/1.1\r\nHost: x\r\n\r\n", true, true },
	{ "GET / HTTP/1.1\r\nHost:\r\n\r\n", true, true },
	{ AFTER("Connection: keep-alive"), true, true },
	{ AFTER("Connection: closed"), true, true },
	{ AFTER("Connection: close"), true, false },
	{ AFTER("connection: Upgrade ,\tCLOSE"), true, false },
	{ AFTER("Connection: upgrade\r\nConnection: close"), true, false },
	{ AFTER("Content-Length: 0"), true, true },
	{ "GET / HTTP/1.0\r\n\r\n", false, false },
	{ "GET / HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n", false, false },
	{ "M-SEARCH /?a#b HTTP/1.1\r\nHost: x\r\n\r\n", true, true },
};

static void
a_connection_is_kept_unless_the_peer_says_otherwise_or_is_old(void **state)
{
	struct http_input input;

	(void)state;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		const size_t len = strlen(kept[i].sent);

		if (begin(&input, kept[i].sent, len, len) != 1 ||
		    input.is_kept != kept[i].is_kept || input.is_1_1 != kept[i].is_1_1)
			fail_msg("%s", kept[i].sent);
		http_input_clear(&input);
	}
}

/* A head of so many bytes in all, in so many headers. */
static char *
make_head(size_t size, size_t count)
{
	static const char line[] = "GET / HTTP/1.1\r\nHost: x\r\n";
	char *head = malloc(size + 1), *to = head;
	size_t left;

	assert_non_null(head);
	memcpy(to, line, sizeof(line) - 1);
	to += sizeof(line) - 1;
	for (size_t i = 1; i < count; i++) {
		memcpy(to, "A:\r\n", 4);
		to += i < count - 1 ? 4 : 2;
	}
	left = size - (size_t)(to - head) - 4;
	memset(to, 'x', left);
	memcpy(to + left, "\r\n\r\n", 5);
	return head;
}

static void
a_head_of_16_kib_is_taken_and_one_byte_more_is_not(void **state)
{
	static const size_t steps[] = { 1, 1000, HTTP_INPUT_HEAD_MAX, HTTP_INPUT_HEAD_MAX + 1 };
	struct http_input input;

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		for (size_t more = 0; more < 2; more++) {
			const size_t size = HTTP_INPUT_HEAD_MAX + more;
			char *head = make_head(size, 2);

			assert_int_equal(begin(&input, head, size, steps[i]),
			    more ? WIRE_BROKEN : 1);

			assert_int_equal(input.refusal, more ? 431 : 0);
			http_input_clear(&input);
			free(head);
		}
}

static void
headers_that_are_very_many_are_refused(void **state)
{
	struct http_input input;

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		char *head = make_head(4096, HTTP_INPUT_HEADERS_MAX + more);

		assert_int_equal(begin(&input, head, 4096, 4096), more ? WIRE_BROKEN : 1);

		assert_int_equal(input.refusal, more ? 431 : 0);
		http_input_clear(&input);
		free(head);
	}
}

static void
what_came_is_wiped(void **state)
{
	static const char zeros[sizeof(HEAD) - 1];
	struct http_input input;

	(void)state;
	assert_int_equal(begin(&input, HEAD, sizeof(HEAD) - 1, sizeof(HEAD)), 1);

	http_input_clear(&input);

	assert_memory_equal(input.buffer, zeros, sizeof(zeros));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_head_is_the_same_however_its_bytes_come),
		cmocka_unit_test(a_head_that_is_cut_off_anywhere_is_broken_and_answered_by_nobody),
		cmocka_unit_test(a_peer_that_says_nothing_is_not_broken),
		cmocka_unit_test(a_peer_that_falls_silent_is_too_slow),
		cmocka_unit_test(any_byte_anywhere_is_taken_as_a_whole_or_refused),
		cmocka_unit_test(what_is_not_in_order_is_refused_and_named),
		cmocka_unit_test(a_connection_is_kept_unless_the_peer_says_otherwise_or_is_old),
		cmocka_unit_test(a_head_of_16_kib_is_taken_and_one_byte_more_is_not),
		cmocka_unit_test(headers_that_are_very_many_are_refused),
		cmocka_unit_test(what_came_is_wiped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
