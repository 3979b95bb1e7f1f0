/* test_fcgi_input: what is in order is taken in, and anything else ends the connection. */
#include "serve/fcgi_input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "peer.h"

enum { ROOM = 512 * 1024 };

static char sent[ROOM];		/* by the peer of each test */

static int
set_up(void **state)
{
	struct peer *peer = calloc(1, sizeof(*peer));

	assert_non_null(peer);
	peer->data = sent;
	peer->step = ROOM;
	*state = peer;
	return 0;
}

static int
tear_down(void **state)
{
	free(*state);
	return 0;
}

static void
put(struct peer *peer, const void *data, size_t len)
{
	assert_true(peer->len + len <= ROOM);
	memcpy(sent + peer->len, data, len);
	peer->len += len;
}

static void
put_record(struct peer *peer, int type, const void *data, size_t len, size_t padding)
{
	const unsigned char header[] = { 1, (unsigned char)type, 0, 7, (unsigned char)(len >> 8),
		(unsigned char)len, (unsigned char)padding, 0 };
	static const char zeros[255];

	put(peer, header, sizeof(header));
	put(peer, data, len);
	put(peer, zeros, padding);
}

static void
put_begin(struct peer *peer, int role, int flags)
{
	const unsigned char begin[] = { 0, (unsigned char)role, (unsigned char)flags,
		0, 0, 0, 0, 0 };

	put_record(peer, 1, begin, sizeof(begin), 0);
}

#define PAIRS "\x01\x03" "Abcd" "\x04\x00" "NAME" "\x02\x80\x00\x00\x01" "xyz"

static void
put_request(struct peer *peer)
{
	put_begin(peer, 1, 1);
	put_record(peer, 4, PAIRS, sizeof(PAIRS) - 1, 3);
	put_record(peer, 4, "", 0, 0);
	put_record(peer, 5, "body", 4, 4);
	put_record(peer, 5, "", 0, 2);
}

static long
begin(struct peer *peer, struct fcgi_input *input)
{
	const struct source source = { peer_read, peer };

	return fcgi_input_begin(input, &source, 0);
}

static void
a_request_is_the_same_however_its_bytes_come(void **state)
{
	struct peer *peer = *state;
	struct fcgi_input input;
	char body[16];
	size_t len;
	long got;

	put_request(peer);
	for (size_t step = 1; step <= peer->len; step++) {
		peer->sent = 0;
		peer->step = step;

		assert_int_equal(begin(peer, &input), 1);

		assert_int_equal(input.request_id, 7);
		assert_true(input.is_kept);
		assert_false(input.is_authorizer);
		assert_string_equal(input.params[0], "A=bcd");
		assert_string_equal(input.params[1], "NAME=");
		assert_string_equal(input.params[2], "xy=z");
		assert_null(input.params[3]);
		len = 0;
		while ((got = fcgi_input_read(&input, body + len, sizeof(body) - len, 0)) > 0)
			len += (size_t)got;
		assert_int_equal(got, 0);
		assert_int_equal(len, 4);
		assert_memory_equal(body, "body", 4);
		assert_true(fcgi_input_is_spent(&input));
		assert_int_equal(fcgi_input_read(&input, body, sizeof(body), 0), 0);
		fcgi_input_clear(&input);
	}
}

static void
a_request_that_is_cut_off_anywhere_is_broken(void **state)
{
	struct peer *peer = *state;
	struct fcgi_input input;
	char body[16];
	size_t whole;
	long got;

	put_request(peer);
	whole = peer->len;
	for (peer->len = 1; peer->len < whole; peer->len++) {
		peer->sent = 0;

		for (got = begin(peer, &input); got > 0; )
			got = fcgi_input_read(&input, body, sizeof(body), 0);

		if (got != WIRE_BROKEN)
			fail_msg("%zu of %zu bytes: %ld", peer->len, whole, got);
		assert_false(fcgi_input_is_spent(&input));
		fcgi_input_clear(&input);
	}
}

static void
a_peer_that_says_nothing_is_not_broken(void **state)
{
	struct peer *peer = *state;
	struct fcgi_input input;

	assert_int_equal(begin(peer, &input), 0);

	assert_null(input.fault);
	fcgi_input_clear(&input);
}

static void
no_byte_of_a_request_makes_another_do_harm(void **state)
{
	struct peer *peer = *state;
	struct fcgi_input input;
	char body[16];
	long got;

	put_request(peer);
	for (size_t at = 0; at < peer->len; at++)
		for (int value = 0; value < 256; value++) {
			const char before = sent[at];

			sent[at] = (char)value;
			peer->sent = 0;
			for (got = begin(peer, &input); got > 0; )
				got = fcgi_input_read(&input, body, sizeof(body), 0);
			assert_true(got == 0 || got == WIRE_BROKEN);
			fcgi_input_clear(&input);
			sent[at] = before;
		}
}

#define BEGIN "\x01\x01\x00\x01\x00\x08\x00\x00" "\x00\x01\x00\x00\x00\x00\x00\x00"
#define PARAMS(len) "\x01\x04\x00\x01\x00" len "\x00\x00"

static const struct {
	const char *what;
	const char *sent;
	size_t len;
} malformed[] = {
#define ROW(what, sent) { what, sent, sizeof(sent) - 1 }
	ROW("version 0", "\x00\x01\x00\x01\x00\x08\x00\x00" "\x00\x01\x00\x00\x00\x00\x00\x00"),
	ROW("version 2", "\x02\x01\x00\x01\x00\x08\x00\x00" "\x00\x01\x00\x00\x00\x00\x00\x00"),
	ROW("HTTP", "GET / HTTP/1.0\r\nHost: x\r\n\r\n"),
	ROW("a management record",
	    "\x01\x09\x00\x00\x00\x08\x00\x00" "\xff\xff\xff\xff\xff\xff\xff\xff"),
	ROW("an unknown type", "\x01\x63\x00\x01\x00\x00\x00\x00"),
	ROW("request 0", "\x01\x01\x00\x00\x00\x08\x00\x00" "\x00\x01\x00\x00\x00\x00\x00\x00"),
	ROW("a short begin", "\x01\x01\x00\x01\x00\x04\x00\x00" "\x00\x01\x00\x00"),
	ROW("a long begin",
	    "\x01\x01\x00\x01\x00\x09\x00\x00" "\x00\x01\x00\x00\x00\x00\x00\x00\x00"),
	ROW("a filter", "\x01\x01\x00\x01\x00\x08\x00\x00" "\x00\x03\x00\x00\x00\x00\x00\x00"),
	ROW("an unknown role",
	    "\x01\x01\x00\x01\x00\x08\x00\x00" "\x01\x01\x00\x00\x00\x00\x00\x00"),
	ROW("parameters first", PARAMS("\x00")),
	ROW("a body before parameters", BEGIN "\x01\x05\x00\x01\x00\x00\x00\x00"),
	ROW("begun twice", BEGIN BEGIN),
	ROW("aborted", BEGIN "\x01\x02\x00\x01\x00\x00\x00\x00"),
	ROW("another request's", BEGIN "\x01\x04\x00\x02\x00\x00\x00\x00"),
	ROW("management between", BEGIN "\x01\x09\x00\x00\x00\x00\x00\x00"),
	ROW("2 GiB and 2 GiB",
	    BEGIN PARAMS("\x08") "\xff\xff\xff\xff\xff\xff\xff\xff" PARAMS("\x00")),
	ROW("a name of 2 GiB", BEGIN PARAMS("\x06") "\xff\xff\xff\xff\x00x" PARAMS("\x00")),
	ROW("a value of 2 GiB", BEGIN PARAMS("\x06") "\x01\xff\xff\xff\xffx" PARAMS("\x00")),
	ROW("a value that is longer by one", BEGIN PARAMS("\x04") "\x01\x02xy" PARAMS("\x00")),
	ROW("half a length", BEGIN PARAMS("\x02") "\x01\x80" PARAMS("\x00")),
	ROW("one length", BEGIN PARAMS("\x01") "\x01" PARAMS("\x00")),
	ROW("a name of no length", BEGIN PARAMS("\x03") "\x00\x01x" PARAMS("\x00")),
	ROW("nothing at all", BEGIN PARAMS("\x02") "\x00\x00" PARAMS("\x00")),
	ROW("= in a name", BEGIN PARAMS("\x05") "\x03\x00" "a=b" PARAMS("\x00")),
	ROW("NUL in a name", BEGIN PARAMS("\x05") "\x03\x00" "a\x00" "b" PARAMS("\x00")),
	ROW("NUL in a value", BEGIN PARAMS("\x06") "\x01\x03" "ab\x00" "c" PARAMS("\x00")),
#undef ROW
};

static void
what_is_not_in_order_is_refused_and_named(void **state)
{
	struct peer *peer = *state;
	struct fcgi_input input;

	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		peer->len = peer->sent = 0;
		put(peer, malformed[i].sent, malformed[i].len);

		if (begin(peer, &input) != WIRE_BROKEN || input.fault == NULL)
			fail_msg("taken: %s", malformed[i].what);

		assert_null(input.params);
		fcgi_input_clear(&input);
	}
}

/* One parameter that makes all of them so long, in records of up to so many bytes. */
static void
put_params(struct peer *peer, size_t size, size_t record)
{
	static char pairs[FCGI_INPUT_PARAMS_MAX + 1];
	const size_t value = size - 6;

	memset(pairs, 'x', sizeof(pairs));
	memcpy(pairs, (char[]){ 1, (char)0x80, (char)(value >> 16), (char)(value >> 8),
	    (char)value, 'N' }, 6);
	put_begin(peer, 1, 0);
	for (size_t at = 0; at < size; at += record)
		put_record(peer, 4, pairs + at, size - at < record ? size - at : record, 0);
	put_record(peer, 4, "", 0, 0);
}

static void
parameters_of_64_kib_are_taken_and_one_byte_more_is_not(void **state)
{
	static const size_t records[] = { 100, 8192, 65535 };
	struct peer *peer = *state;
	struct fcgi_input input;

	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		peer->len = peer->sent = 0;
		put_params(peer, FCGI_INPUT_PARAMS_MAX, records[i]);
		assert_int_equal(begin(peer, &input), 1);
		assert_int_equal(strlen(input.params[0]), FCGI_INPUT_PARAMS_MAX - 4);
		fcgi_input_clear(&input);

		peer->len = peer->sent = 0;
		put_params(peer, FCGI_INPUT_PARAMS_MAX + 1, records[i]);
		assert_int_equal(begin(peer, &input), WIRE_BROKEN);
		assert_string_equal(input.fault, "parameters of more than 64 KiB");
		fcgi_input_clear(&input);
	}
}

static void
no_parameters_are_an_empty_list(void **state)
{
	struct peer *peer = *state;
	struct fcgi_input input;

	put_begin(peer, 2, 0);
	put_record(peer, 4, "", 0, 0);

	assert_int_equal(begin(peer, &input), 1);

	assert_true(input.is_authorizer);
	assert_null(input.params[0]);
	fcgi_input_clear(&input);
}

static void
a_body_with_another_record_in_it_is_broken_for_good(void **state)
{
	static const int types[] = { 1, 2, 4, 8, 9, 99 };
	struct peer *peer = *state;
	struct fcgi_input input;
	char body[16];

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		peer->len = peer->sent = 0;
		put_begin(peer, 1, 1);
		put_record(peer, 4, "", 0, 0);
		put_record(peer, 5, "abc", 3, 0);
		put_record(peer, types[i], "", 0, 0);
		put_record(peer, 5, "", 0, 0);
		assert_int_equal(begin(peer, &input), 1);
		assert_int_equal(fcgi_input_read(&input, body, sizeof(body), 0), 3);

		assert_int_equal(fcgi_input_read(&input, body, sizeof(body), 0), WIRE_BROKEN);

		assert_int_equal(fcgi_input_read(&input, body, sizeof(body), 0), WIRE_BROKEN);
		assert_false(fcgi_input_is_spent(&input));
		fcgi_input_clear(&input);
	}
}

static void
what_comes_after_the_end_of_a_request_is_noticed(void **state)
{
	struct peer *peer = *state;
	struct fcgi_input input;
	char body[16];

	put_request(peer);
	put(peer, "x", 1);
	assert_int_equal(begin(peer, &input), 1);
	while (fcgi_input_read(&input, body, sizeof(body), 0) > 0)
		;

	assert_false(fcgi_input_is_spent(&input));

	fcgi_input_clear(&input);
}

#define WITH_PEER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PEER(a_request_is_the_same_however_its_bytes_come),
		WITH_PEER(a_request_that_is_cut_off_anywhere_is_broken),
		WITH_PEER(a_peer_that_says_nothing_is_not_broken),
		WITH_PEER(no_byte_of_a_request_makes_another_do_harm),
		WITH_PEER(what_is_not_in_order_is_refused_and_named),
		WITH_PEER(parameters_of_64_kib_are_taken_and_one_byte_more_is_not),
		WITH_PEER(no_parameters_are_an_empty_list),
		WITH_PEER(a_body_with_another_record_in_it_is_broken_for_good),
		WITH_PEER(what_comes_after_the_end_of_a_request_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
