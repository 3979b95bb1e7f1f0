/* test_multipart: multipart forms as names and values. */
#include "text/multipart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(vectors) (sizeof(vectors) / sizeof((vectors)[0]))
#define NAME(name) "Content-Disposition: form-data; name=\"" name "\"\r\n"
/* A field of a form whose boundary is "b", to the line that follows its value. */
#define FIELD(name, value) "--b\r\n" NAME(name) "\r\n" value "\r\n"
#define END "--b--\r\n"
/* A form of one field, by its headers. */
#define HEAD(text) "--b\r\n" text "\r\nv\r\n" END
#define DISPOSITION(text) HEAD("Content-Disposition: " text "\r\n")

/* Parses a heap copy of exactly the room that is promised, so that a step beyond it shows. */
static enum err
parse_bytes(const char *text, size_t len, const char *boundary, struct form *form, char **body)
{
	*body = malloc(len);
	assert_non_null(*body);
	memcpy(*body, text, len);
	return multipart_parse(*body, len, boundary, strlen(boundary), form);
}

static enum err
parse(const char *text, struct form *form, char **body)
{
	return parse_bytes(text, strlen(text), "b", form, body);
}

static void
what_clients_send_is_read(void **state)
{
	static const struct { const char *boundary; const char *body; } vectors[] = {
		/* Chromium */
		{ "----WebKitFormBoundarycHf0kCWUUUVZzvrU",
		  "------WebKitFormBoundarycHf0kCWUUUVZzvrU\r\n"
		  "Content-Disposition: form-data; name=\"username\"\r\n\r\nalice\r\n"
		  "------WebKitFormBoundarycHf0kCWUUUVZzvrU\r\n"
		  "Content-Disposition: form-data; name=\"password\"\r\n\r\np w\r\n"
		  "------WebKitFormBoundarycHf0kCWUUUVZzvrU--\r\n" },
		/* undici, which some versions of do not end with a line */
		{ "----formdata-undici-012345678901",
		  "------formdata-undici-012345678901\r\n"
		  "Content-Disposition: form-data; name=\"username\"\r\n\r\nalice\r\n"
		  "------formdata-undici-012345678901\r\n"
		  "Content-Disposition: form-data; name=\"password\"\r\n\r\np w\r\n"
		  "------formdata-undici-012345678901--" },
		/* axios, whose older versions end with two lines */
		{ "axios-1.7-boundary-x",
		  "--axios-1.7-boundary-x\r\n"
		  "Content-Disposition: form-data; name=\"username\"\r\n\r\nalice\r\n"
		  "--axios-1.7-boundary-x\r\n"
		  "Content-Disposition: form-data; name=\"password\"\r\n\r\np w\r\n"
		  "--axios-1.7-boundary-x--\r\n\r\n" },
		/* .NET */
		{ "7a8b5c1d-0000-4b1e-9c1e-123456789abc",
		  "--7a8b5c1d-0000-4b1e-9c1e-123456789abc\r\n"
		  "Content-Type: text/plain; charset=utf-8\r\n"
		  "Content-Disposition: form-data; name=username\r\n\r\nalice\r\n"
		  "--7a8b5c1d-0000-4b1e-9c1e-123456789abc\r\n"
		  "Content-Type: text/plain; charset=utf-8\r\n"
		  "Content-Disposition: form-data; name=password\r\n\r\np w\r\n"
		  "--7a8b5c1d-0000-4b1e-9c1e-123456789abc--\r\n" },
		/* Dart */
		{ "dart-http-boundary-Bb_.+",
		  "--dart-http-boundary-Bb_.+\r\n"
		  "content-disposition: form-data; name=\"username\"\r\n\r\nalice\r\n"
		  "--dart-http-boundary-Bb_.+\r\n"
		  "content-disposition: form-data; name=\"password\"\r\n"
		  "content-type: text/plain; charset=utf-8\r\n"
		  "content-transfer-encoding: binary\r\n\r\np w\r\n"
		  "--dart-http-boundary-Bb_.+--\r\n" },
		/* OkHttp, which said how long a field is */
		{ "5a4b", "--5a4b\r\nContent-Disposition: form-data; name=\"username\"\r\n"
		  "Content-Length: 5\r\n\r\nalice\r\n--5a4b\r\n"
		  "Content-Disposition: form-data; name=\"password\"\r\nContent-Length: 3\r\n\r\n"
		  "p w\r\n--5a4b--\r\n" },
		/* A preamble, blanks behind delimiters, an epilogue: RFC 2046, section 5.1.1 */
		{ "b", "not read\r\n--b \t\r\n" NAME("username") "\r\nalice\r\n--b\t\r\n"
		  NAME("password") "\r\np w\r\n--b-- \r\n--b\r\nnot read" },
	};
	struct form form;
	char *body;

	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		const enum err err = parse_bytes(vectors[i].body, strlen(vectors[i].body),
		    vectors[i].boundary, &form, &body);

		if (err != ERR_OK)
			fail_msg("'%s': came error %d", vectors[i].boundary, (int)err);
		assert_int_equal(form.count, 2);
		assert_string_equal(form_find(&form, "username"), "alice");
		assert_string_equal(form_find(&form, "password"), "p w");
		free(body);
	}
}

static void
a_value_is_kept_byte_by_byte(void **state)
{
	static const char *const values[] = {
		"", "\r\n", "a\r\n", "\r\n\r\n", "-b", "-\r\n--", "\r\n--c",
		"\xc3\xa4\xf0\x9f\x98\x80", "a+b%20c&d=e", "\r", "\n--b\n", " ",
	};
	struct form form;
	char text[128], *body;

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		snprintf(text, sizeof(text), "--b\r\n" NAME("x") "\r\n%s\r\n" END, values[i]);
		assert_int_equal(parse(text, &form, &body), ERR_OK);
		assert_int_equal(form.count, 1);
		assert_string_equal(form.list[0].value, values[i]);
		free(body);
	}
}

static void
a_name_is_decoded_as_browsers_and_curl_encode_it(void **state)
{
	static const struct { const char *sent; const char *name; } vectors[] = {
		{ "name=\"a b;c=d\"", "a b;c=d" },
		{ "name=\"%22%0D%0a%0A\"", "\"\r\n\n" },
		{ "name=\"\\\"\\\\\\x\"", "\"\\\\x" },
		{ "name=\"user%6eame%\"", "user%6eame%" },
		{ "name=\"\xc3\xa4\"", "\xc3\xa4" },
		{ "name=\"\"", "" },
		{ "name=", "" },
		{ "name=plain", "plain" },
		{ "x=\"name=\"; NAME=\"a\"", "a" },
	};
	struct form form;
	char text[128], *body;

	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		snprintf(text, sizeof(text),
		    "--b\r\nContent-Disposition: Form-Data; %s\r\n\r\nx\r\n" END,
		    vectors[i].sent);
		assert_int_equal(parse(text, &form, &body), ERR_OK);
		assert_string_equal(form.list[0].name, vectors[i].name);
		free(body);
	}
}

static void
a_form_may_be_empty(void **state)
{
	static const char *const bodies[] = { "--b--", END, ("x\r\n" END) };
	struct form form;
	char *body;

	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		assert_int_equal(parse(bodies[i], &form, &body), ERR_OK);
		assert_int_equal(form.count, 0);
		free(body);
	}
}

static void
files_and_other_types_are_told_apart_from_what_is_malformed(void **state)
{
	static const char *const headers[] = {
		"Content-Disposition: form-data; name=\"x\"; filename=\"a.txt\"\r\n",
		"Content-Disposition: form-data; name=\"x\"; filename=\"\"\r\n",
		"Content-Disposition: form-data; filename*=utf-8''a; name=\"x\"\r\n",
		"Content-Disposition: form-data; name=\"x\"; FileName=a\r\n"
		"Content-Type: application/octet-stream\r\n",
		NAME("x") "Content-Type: application/json\r\n",
		NAME("x") "Content-Type: text/html\r\n",
		NAME("x") "Content-Type: text/plain; charset=iso-8859-1\r\n",
		NAME("x") "Content-Type:\r\n",
		NAME("x") "Content-Transfer-Encoding: base64\r\n",
		NAME("x") "Content-Transfer-Encoding: quoted-printable\r\n",
	};
	struct form form;
	char text[256], *body;

	(void)state;
	for (size_t i = 0; i < COUNT(headers); i++) {
		snprintf(text, sizeof(text), "--b\r\n%s\r\nv\r\n" END, headers[i]);
		if (parse(text, &form, &body) != ERR_PART)
			fail_msg("%s", headers[i]);
		free(body);
	}
}

static void
what_two_readers_could_read_in_two_ways_is_refused(void **state)
{
	static const char *const bodies[] = {
		"", "b", "--", "--b", "--b\r\n", "--b-", "--b\r\n--b--\r\n", ("--b\r\n\r\n" END),
		("x" END), ("--bx\r\n" END), "--c\r\n",
		/* no end, or another */
		"--b\r\n" NAME("x"), "--b\r\n" NAME("x") "\r\n", "--b\r\n" NAME("x") "\r\nv",
		FIELD("x", "v"), FIELD("x", "v") "--b", FIELD("x", "v") "--b-",
		FIELD("x", "v") "--b--x", "--b\r\n" NAME("x") END, "--b\r\n" NAME("x") "\r\n" END,
		/* a line that begins with the delimiter */
		FIELD("x", "v\r\n--bc") END, FIELD("x", "v\r\n--b x") END, FIELD("x", "--b") END,
		HEAD("--b: x\r\n" NAME("x")),
		/* bare ends of lines */
		"--b\nContent-Disposition: form-data; name=\"x\"\n\nv\n--b--\n",
		"--b\n" NAME("x") "\r\nv\r\n" END, DISPOSITION("form-data; name=\"x\"\n"),
		DISPOSITION("form-data; name=\"x\"\r"),
		/* headers */
		HEAD(": x\r\n" NAME("x")), HEAD("x\r\n" NAME("x")),
		HEAD("Content-Disposition : form-data; name=\"x\"\r\n"),
		DISPOSITION("form-data;\r\n name=\"x\""), HEAD(NAME("x") NAME("x")),
		HEAD(NAME("x") "Content-Type: text/plain\r\nContent-Type: text/plain\r\n"),
		HEAD(NAME("x") "Content-Type: text/plain x\r\n"),
		/* what a part is */
		HEAD("Content-Type: text/plain\r\n"), DISPOSITION("form-data"),
		DISPOSITION("form; name=\"x\""), DISPOSITION("attachment; name=\"x\""),
		DISPOSITION("form-data; name=\"x\"; name=\"y\""),
		DISPOSITION("form-data; name=\"x\"y"), DISPOSITION("form-data; name=\"x"),
		DISPOSITION("form-data; name*=utf-8''x"),
		/* what is not text */
		FIELD("\x01", "v") END, FIELD("\x7f", "v") END, FIELD("\xff", "v") END,
		FIELD("x", "\xff") END, FIELD("x", "\xc0\xaf") END, FIELD("x", "\xed\xa0\x80") END,
	};
	static const char nul_in_value[] = FIELD("x", "a\0b") END;
	static const char nul_in_name[] = FIELD("a\0b", "v") END;
	struct form form;
	char *body;

	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		if (parse(bodies[i], &form, &body) != ERR_MULTIPART)
			fail_msg("accepted: '%s'", bodies[i]);
		free(body);
	}
	assert_int_equal(parse_bytes(nul_in_value, sizeof(nul_in_value) - 1, "b", &form, &body),
	    ERR_MULTIPART);
	free(body);
	assert_int_equal(parse_bytes(nul_in_name, sizeof(nul_in_name) - 1, "b", &form, &body),
	    ERR_MULTIPART);
	free(body);
}

static void
a_repeated_name_is_refused_however_it_is_written(void **state)
{
	static const char *const bodies[] = {
		FIELD("x", "1") FIELD("y", "2") FIELD("x", "1") END,
		FIELD("x", "") FIELD("x", "") END,
		FIELD("\\\"", "1") FIELD("%22", "2") END,
	};
	struct form form;
	char *body;

	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		assert_int_equal(parse(bodies[i], &form, &body), ERR_REPEATED);
		free(body);
	}
}

static void
thirty_two_fields_are_the_limit(void **state)
{
	char text[33 * 64 + 16], *end = text;
	struct form form;
	char *body;

	(void)state;
	for (int i = 0; i < 33; i++) {
		char *last = end;

		end += sprintf(end, FIELD("%d", ""), i);
		strcpy(end, END);
		assert_int_equal(parse(text, &form, &body), i < 32 ? ERR_OK : ERR_FORM);
		assert_true(end > last);
		free(body);
	}
}

static void
a_boundary_has_70_characters_at_most(void **state)
{
	char boundary[72] = {0}, text[160];
	struct form form;
	char *body;

	(void)state;
	memset(boundary, 'b', 70);
	snprintf(text, sizeof(text), "--%s--", boundary);
	assert_int_equal(parse_bytes(text, strlen(text), boundary, &form, &body), ERR_OK);
	free(body);
	boundary[70] = 'b';
	snprintf(text, sizeof(text), "--%s--", boundary);
	assert_int_equal(parse_bytes(text, strlen(text), boundary, &form, &body), ERR_MULTIPART);
	free(body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_clients_send_is_read),
		cmocka_unit_test(a_value_is_kept_byte_by_byte),
		cmocka_unit_test(a_name_is_decoded_as_browsers_and_curl_encode_it),
		cmocka_unit_test(a_form_may_be_empty),
		cmocka_unit_test(files_and_other_types_are_told_apart_from_what_is_malformed),
		cmocka_unit_test(what_two_readers_could_read_in_two_ways_is_refused),
		cmocka_unit_test(a_repeated_name_is_refused_however_it_is_written),
		cmocka_unit_test(thirty_two_fields_are_the_limit),
		cmocka_unit_test(a_boundary_has_70_characters_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
