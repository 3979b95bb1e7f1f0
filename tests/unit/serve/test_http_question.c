/* test_http_question: what a gateway asks is the same as over FastCGI, and a client cannot ask. */
#include "serve/http_question.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { HEADERS = 8, PARAMS = 10 };

/* A request line, and headers: NAME and value by turns. */
struct row {
	const char *target;
	const char *headers[2 * HEADERS];
	const char *params[PARAMS];	/* what comes of it; NULL first: a refusal */
};

static char method[] = "GET", name[] = "A";

static void
fill(struct http_input *input, const struct row *row)
{
	*input = (struct http_input){
		.method = method,
		.target = (char *)(uintptr_t)row->target,
		.is_1_1 = true,
	};
	for (size_t i = 0; i < HEADERS && row->headers[2 * i] != NULL; i++)
		input->headers[input->count++] = (struct http_header){
			.name = (char *)(uintptr_t)row->headers[2 * i],
			.value = (char *)(uintptr_t)row->headers[2 * i + 1],
		};
}

static const struct row taken[] = {
	{ "/verify", { "Host", "app.example.org:81" },
	    { "REQUEST_METHOD=GET", "HTTP_HOST=app.example.org:81" } },
	{ "/verify?", {0}, { "REQUEST_METHOD=GET" } },
	{ "/verify?REQUIRED_SCOPE=read%20write&SIGNIN=%2Fsignin%3Fa=%26b", {0},
	    { "REQUIRED_SCOPE=read write", "SIGNIN=/signin?a=&b", "REQUEST_METHOD=GET" } },
	/* Whoever reads demands refuses these. */
	{ "/verify?REQUIRED_SCOPES=a&SIGNIN=&REQUIRED_AUD=a&REQUIRED_AUD=b", {0},
	    { "REQUIRED_SCOPES=a", "SIGNIN=", "REQUIRED_AUD=a", "REQUIRED_AUD=b",
	    "REQUEST_METHOD=GET" } },
	{ "/verify", { "Authorization", "Bearer x", "cookie", "a=b", "COOKIE", "c=d",
	    "Sec-Fetch-Mode", "cors" },
	    { "HTTP_AUTHORIZATION=Bearer x", "HTTP_COOKIE=a=b", "HTTP_COOKIE=c=d",
	    "HTTP_SEC_FETCH_MODE=cors", "REQUEST_METHOD=GET" } },
	{ "/verify", { "X-Original-Method", "POST", "X-Original-URI", "/a?b=c&d#e" },
	    { "REQUEST_METHOD=POST", "REQUEST_URI=/a?b=c&d#e" } },
	{ "/verify", { "X-Forwarded-Method", "POST", "X-Forwarded-Uri", "/a", "X-Forwarded-Host",
	    "app", "Host", "verify", "X-Forwarded-Proto", "HTTPS" },
	    { "REQUEST_METHOD=POST", "REQUEST_URI=/a", "HTTP_HOST=app",
	    "REQUEST_SCHEME=https" } },
	{ "/verify", { "X-Original-Method", "PUT", "x-forwarded-method", "PUT", "X-Original-URI",
	    "/", "X-Forwarded-Uri", "/", "X-Forwarded-Proto", "ws" },
	    { "REQUEST_METHOD=PUT", "REQUEST_URI=/", "REQUEST_SCHEME=http" } },
	{ "/verify", { "X-Real-IP", "2001:db8::1", "X-Forwarded-For", "192.0.2.1" },
	    { "REQUEST_METHOD=GET", "REMOTE_ADDR=2001:db8::1" } },
	{ "/verify", { "X-Forwarded-For", "6.6.6.6", "X-Forwarded-For", "6.6.6.6, 192.0.2.1" },
	    { "REQUEST_METHOD=GET", "REMOTE_ADDR=192.0.2.1" } },
	{ "/verify", { "X-Real-IP", "unix:", "X-Forwarded-Proto", "wss", "X-Forwarded-Host", "",
	    "Host", "" },
	    { "REQUEST_METHOD=GET", "HTTP_HOST=", "REQUEST_SCHEME=https",
	    "REMOTE_ADDR=unix:" } },
	/* No two headers become one. */
	{ "/verify", { "X_Original_URI", "/evil", "X_Original_Method", "GET", "Cookie_", "a=b",
	    "X_Real_IP", "6.6.6.6", "Sec_Fetch_Site", "same-origin", "Authorization.", "Bearer x",
	    "X~Original~URI", "/evil", "X.Forwarded.Proto", "https" },
	    { "REQUEST_METHOD=GET" } },
	/* None becomes what only the web server says. */
	{ "/verify", { "REQUEST-METHOD", "POST", "Required-Scope", "", "Signin", "/evil",
	    "Identity", "utf-8", "Allow-Cross-Site", "yes", "Remote-Addr", "6.6.6.6",
	    "Https", "on" },
	    { "HTTP_REQUEST_METHOD=POST", "HTTP_REQUIRED_SCOPE=", "HTTP_SIGNIN=/evil",
	    "HTTP_IDENTITY=utf-8", "HTTP_ALLOW_CROSS_SITE=yes", "HTTP_REMOTE_ADDR=6.6.6.6",
	    "HTTP_HTTPS=on", "REQUEST_METHOD=GET" } },
	{ "/verify", { "REQUIRED_SCOPE", "x", "Redirect-Status", "401", "Document-Root", "/",
	    "Content-Length", "0", "Content-Type", "text/plain", "Proxy", "http://evil/",
	    "Connection", "close", "Asked-Method", "GET" },
	    { "HTTP_REDIRECT_STATUS=401", "HTTP_DOCUMENT_ROOT=/", "HTTP_CONTENT_TYPE=text/plain",
	    "HTTP_PROXY=http://evil/", "HTTP_ASKED_METHOD=GET", "REQUEST_METHOD=GET" } },
};

static void
what_a_gateway_asks_becomes_what_a_web_server_says(void **state)
{
	struct http_question question;
	struct http_input input;

	(void)state;
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		const struct row *row = &taken[i];

		fill(&input, row);
		if (http_question_read(&question, &input, "/verify") != 1)
			fail_msg("row %zu: %s", i, question.fault);
		for (size_t at = 0; row->params[at] != NULL; at++) {
			assert_non_null(question.params[at]);
			assert_string_equal(question.params[at], row->params[at]);
			assert_null(row->params[at + 1] == NULL ? question.params[at + 1] : NULL);
		}
		http_question_clear(&question);
	}
}

static const struct row refused[] = {
	{ "/", {0}, {0} },
	{ "/verify/", {0}, {0} },
	{ "/verify/../verify", {0}, {0} },
	{ "/verifyx", {0}, {0} },
	{ "//verify", {0}, {0} },
	{ "/VERIFY", {0}, {0} },
	{ "/%76erify", {0}, {0} },
	{ "/verify#", {0}, {0} },
	{ "/verify;a=b", {0}, {0} },
	{ "/a/verify", {0}, {0} },
	/* What a client asks for, behind a path of ours. */
	{ "/verify/?ALLOW_CROSS_SITE=yes", {0}, {0} },
	{ "/verify?x", {0}, {0} },
	{ "/verify?&", {0}, {0} },
	{ "/verify?SIGNIN=/x&", {0}, {0} },
	{ "/verify??SIGNIN=/x", {0}, {0} },
	{ "/verify?SIGNIN", {0}, {0} },
	{ "/verify?=x", {0}, {0} },
	{ "/verify?required_scope=x", {0}, {0} },
	{ "/verify?REQUIERD_SCOPE=x", {0}, {0} },
	{ "/verify?IDENTITYX=utf-8", {0}, {0} },
	{ "/verify?REQUIRED%5FSCOPE=x", {0}, {0} },
	{ "/verify?HTTP_AUTHORIZATION=Bearer%20x", {0}, {0} },
	{ "/verify?HTTP_COOKIE=a", {0}, {0} },
	{ "/verify?REQUEST_METHOD=GET", {0}, {0} },
	{ "/verify?REMOTE_ADDR=x", {0}, {0} },
	{ "/verify?REDIRECT_REQUIRED_SCOPE=x", {0}, {0} },
	{ "/verify?access_token=x", {0}, {0} },
	{ "/verify?REQUIRED_SCOPE=a+b", {0}, {0} },
	{ "/verify?REQUIRED_SCOPE=a%2", {0}, {0} },
	{ "/verify?REQUIRED_SCOPE=a%zz", {0}, {0} },
	{ "/verify?REQUIRED_SCOPE=a%00b", {0}, {0} },
	{ "/verify?REQUIRED_SCOPE=%ff", {0}, {0} },
	{ "/verify?SIGNIN=/x%0aA", {0}, {0} },
	{ "/verify?SIGNIN=/x%0D", {0}, {0} },
	{ "/verify?SIGNIN=/x%09", {0}, {0} },
	{ "/verify?SIGNIN=/x%7f", {0}, {0} },
	{ "/verify", { "X-Original-Method", "POST", "X-Original-Method", "POST" }, {0} },
	{ "/verify", { "X-Original-Method", "POST", "X-Forwarded-Method", "GET" }, {0} },
	{ "/verify", { "X-Original-Method", "POST", "X-Forwarded-Method", "" }, {0} },
	{ "/verify", { "X-Original-Method", "GET", "X-Original-URI", "/a", "X-Forwarded-Uri",
	    "/b" }, {0} },
	{ "/verify", { "X-Original-Method", "GET", "X-Original-URI", "/a", "X-Original-URI",
	    "/a" }, {0} },
	{ "/verify", { "X-Original-URI", "/a" }, {0} },
	{ "/verify", { "X-Forwarded-Uri", "/a" }, {0} },
	{ "/verify", { "X-Original-Method", "" }, {0} },
	{ "/verify", { "X-Original-Method", "GET POST" }, {0} },
	{ "/verify", { "X-Original-Method", "GET, POST" }, {0} },
	{ "/verify", { "X-Original-Method", "GETGETGETGETGETGETGETGETGETGETGET" }, {0} },
	{ "/verify", { "X-Original-Method", "GET", "X-Original-URI", "" }, {0} },
	{ "/verify", { "X-Forwarded-Host", "a", "X-Forwarded-Host", "b" }, {0} },
	{ "/verify", { "X-Forwarded-Proto", "https", "X-Forwarded-Proto", "https" }, {0} },
	{ "/verify", { "X-Forwarded-Proto", "https, http" }, {0} },
	{ "/verify", { "X-Forwarded-Proto", "gopher" }, {0} },
	{ "/verify", { "X-Real-IP", "192.0.2.1", "X-Real-IP", "192.0.2.1" }, {0} },
	{ "/verify", { "X-Real-IP", "192.0.2.1\"" }, {0} },
	{ "/verify", { "X-Forwarded-For", "192.0.2.1," }, {0} },
	{ "/verify", { "X-Forwarded-For", "a b" }, {0} },
};

static void
a_question_with_something_else_in_it_is_refused_and_named(void **state)
{
	struct http_question question;
	struct http_input input;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		fill(&input, &refused[i]);

		if (http_question_read(&question, &input, "/verify") != WIRE_BROKEN ||
		    question.fault == NULL)
			fail_msg("taken: %s, row %zu", refused[i].target, i);

		assert_null(question.params);
		http_question_clear(&question);
	}
}

/* Every kind of header at its longest, and as many as there may be. */
static void
whatever_fits_into_a_head_has_room(void **state)
{
	static char value[HTTP_INPUT_HEAD_MAX + 1], target[HTTP_INPUT_HEAD_MAX + 1];
	struct http_question question;
	struct http_input input;
	size_t at;

	(void)state;
	memset(value, 'x', sizeof(value) - 1);
	fill(&input, &(struct row){ .target = "/verify" });
	while (input.count < HTTP_INPUT_HEADERS_MAX)
		input.headers[input.count++] = (struct http_header){
			.name = name,
			.value = value + sizeof(value) - 1 - (input.count % 2 ? 100 : 0),
		};
	assert_int_equal(http_question_read(&question, &input, "/verify"), 1);
	for (at = 0; at < HTTP_INPUT_HEADERS_MAX; at++)
		assert_int_equal(strncmp(question.params[at], "HTTP_A=", 7), 0);
	http_question_clear(&question);

	at = (size_t)snprintf(target, sizeof(target), "/verify?SIGNIN=");
	for (; at + 8 < sizeof(target); at += 8)
		memcpy(target + at, "&SIGNIN=", 8);
	fill(&input, &(struct row){ .target = target, .headers = {
	    "X-Original-Method", "POST", "X-Original-URI", value, "X-Forwarded-Host", value,
	    "X-Forwarded-Proto", "wss", "X-Real-IP", "unix:" } });
	assert_int_equal(http_question_read(&question, &input, "/verify"), 1);
	for (at = 0; question.params[at] != NULL; at++)
		assert_non_null(strchr(question.params[at], '='));
	assert_int_equal(at, (sizeof(target) - 15) / 8 + 1 + 5);
	http_question_clear(&question);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_gateway_asks_becomes_what_a_web_server_says),
		cmocka_unit_test(a_question_with_something_else_in_it_is_refused_and_named),
		cmocka_unit_test(whatever_fits_into_a_head_has_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
