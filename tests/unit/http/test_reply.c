/* test_reply: each kind of reply, as it goes out. */
#include "http/reply.h"

#include <dlfcn.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/dialect.h"

enum { OUT_SIZE = 8192 };

static bool
write_out(struct wire *wire, const char *data, size_t len)
{
	char *out = wire->handle;

	assert_true(len < OUT_SIZE);
	memcpy(out, data, len);
	out[len] = '\0';
	return true;
}

/* Sends a reply into out and ends it. */
static void
send_reply(struct reply *reply, enum method method, char out[OUT_SIZE])
{
	struct wire wire = { .write = write_out, .handle = out };

	assert_true(reply_send(reply, &wire, method));
	reply_clear(reply);
}

static struct config
make_config(void)
{
	static char realm[] = "api", home[] = "https://a.example/a/b";
	static char origins[] = "https://b.example";

	return (struct config){ .dialect = dialect_find("fastapi"), .realm = realm, .home = home,
		.return_origins = origins };
}

/* The value of a header line that stands once in out; "" for none. */
static const char *
header(const char *out, const char *name, char value[256])
{
	char start[64];
	const char *line;

	value[0] = '\0';
	snprintf(start, sizeof(start), "\r\n%s: ", name);
	if ((line = strstr(out, start)) == NULL)
		return value;
	line += strlen(start);
	assert_null(strstr(line, start));
	snprintf(value, 256, "%.*s", (int)strcspn(line, "\r"), line);
	return value;
}

/* Sends a document into out as the answer to a request with that If-None-Match. */
static void
send_document(const char *if_none_match, const char *text, enum method method, char out[OUT_SIZE])
{
	const struct config config = make_config();
	struct reply reply;

	reply_init(&reply, &config, FAMILY_RESOURCE);
	assert_int_equal(reply_document(&reply, if_none_match, "application/jwk-set+json", text,
	    300), ERR_OK);
	send_reply(&reply, method, out);
}

static void
a_document_may_be_kept_and_is_not_sent_twice(void **state)
{
	char out[OUT_SIZE], etag[256], value[256];

	(void)state;
	send_document("", "{\"keys\":[]}", METHOD_GET, out);
	assert_non_null(strstr(out, "Status: 200 OK\r\n"));
	assert_string_equal(header(out, "Cache-Control", value), "public, max-age=300");
	assert_string_equal(header(out, "Content-Type", value), "application/jwk-set+json");
	assert_string_equal(header(out, "Content-Length", value), "11");
	assert_non_null(strstr(out, "\r\n\r\n{\"keys\":[]}"));
	assert_int_equal(header(out, "ETag", etag)[0], '"');

	send_document(etag, "{\"keys\":[]}", METHOD_GET, out);
	assert_non_null(strstr(out, "Status: 304 Not Modified\r\n"));
	assert_string_equal(header(out, "ETag", value), etag);
	assert_string_equal(header(out, "Content-Length", value), "");
	assert_null(strstr(out, "keys"));

	send_document(etag, "{\"keys\":[1]}", METHOD_HEAD, out);
	assert_non_null(strstr(out, "Status: 200 OK\r\n"));
	assert_string_not_equal(header(out, "ETag", value), etag);
	assert_string_equal(header(out, "Content-Length", value), "12");
	assert_string_equal(strstr(out, "\r\n\r\n"), "\r\n\r\n");
}

static void
a_page_loads_nothing_from_elsewhere_and_is_not_kept(void **state)
{
	const struct config config = make_config();
	char out[OUT_SIZE], value[256];
	struct reply reply;

	(void)state;
	reply_init(&reply, &config, FAMILY_RESOURCE);
	assert_int_equal(reply_page(&reply, 403, strdup("<p>no</p>")), ERR_OK);
	send_reply(&reply, METHOD_GET, out);

	assert_non_null(strstr(out, "Status: 403 Forbidden\r\n"));
	assert_string_equal(header(out, "Content-Type", value), "text/html; charset=utf-8");
	assert_string_equal(header(out, "Cache-Control", value), "no-store");
	(void)header(out, "Content-Security-Policy", value);
	assert_non_null(strstr(value, "default-src 'none'"));
	assert_non_null(strstr(value, "frame-ancestors 'none'"));
	assert_non_null(strstr(value,
	    "form-action 'self' https://b.example https://a.example;"));
	assert_string_equal(header(out, "X-Frame-Options", value), "DENY");
	assert_string_equal(header(out, "Referrer-Policy", value), "same-origin");
	assert_string_equal(header(out, "Cross-Origin-Opener-Policy", value), "same-origin");
	assert_non_null(strstr(out, "\r\n\r\n<p>no</p>"));
}

static void
a_redirect_goes_with_a_cookie_and_without_a_body(void **state)
{
	const struct config config = make_config();
	const struct cookie cookie = { .name = "__Host-x", .value = "secret" };
	char out[OUT_SIZE], value[256];
	struct reply reply;

	(void)state;
	reply_init(&reply, &config, FAMILY_RESOURCE);
	assert_int_equal(reply_redirect(&reply, "/signin"), ERR_OK);
	assert_int_equal(reply_cookie(&reply, &cookie), ERR_OK);
	send_reply(&reply, METHOD_POST, out);

	assert_non_null(strstr(out, "Status: 303 See Other\r\n"));
	assert_string_equal(header(out, "Location", value), "/signin");
	assert_string_equal(header(out, "Set-Cookie", value),
	    "__Host-x=secret; Path=/; Secure; HttpOnly; SameSite=Lax");
	assert_string_equal(header(out, "Content-Length", value), "0");
	assert_null(strstr(reply.headers, "secret"));	/* wiped */
}

static void
no_redirect_ends_its_header(void **state)
{
	static const char *const bad[] = { "/a\r\nSet-Cookie: b=c", "/a\nb", "/a b", "/\x7f" };
	const struct config config = {0};
	struct reply reply;

	(void)state;
	reply_init(&reply, &config, FAMILY_RESOURCE);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(reply_redirect(&reply, bad[i]), ERR_INTERNAL);
		assert_int_equal(reply.headers_len, 0);
	}
	reply_clear(&reply);
}

static void
an_error_takes_the_place_of_all_that_was_there(void **state)
{
	struct config config = make_config();
	struct service service = { .config = &config };
	const struct cookie cookie = { .name = "a", .value = "b" };
	char out[OUT_SIZE], value[256];
	struct context context;
	struct reply reply;

	(void)state;
	context_init(&context, &service, NULL, NULL);
	reply_init(&reply, &config, FAMILY_RESOURCE);
	assert_int_equal(reply_document(&reply, "", "text/plain", "x", 60), ERR_OK);
	assert_int_equal(reply_cookie(&reply, &cookie), ERR_OK);

	reply_fail(&reply, &context, ERR_STORAGE);
	send_reply(&reply, METHOD_GET, out);

	assert_non_null(strstr(out, "Status: 503 Service Unavailable\r\n"));
	assert_string_equal(header(out, "Set-Cookie", value), "");
	assert_string_equal(header(out, "ETag", value), "");
	assert_string_equal(header(out, "Cache-Control", value), "no-store");
	assert_string_equal(header(out, "Content-Type", value), "application/json");
	assert_string_equal(header(out, "Retry-After", value), "2");
}

static void
the_context_says_how_long_to_wait_and_which_scope_is_needed(void **state)
{
	struct config config = make_config();
	struct service service = { .config = &config };
	char out[OUT_SIZE], value[256];
	struct context context;
	struct reply reply;

	(void)state;
	context_init(&context, &service, NULL, NULL);
	context.retry_after = 77;
	reply_init(&reply, &config, FAMILY_OAUTH);
	reply_fail(&reply, &context, ERR_ATTEMPTS);
	send_reply(&reply, METHOD_POST, out);
	assert_non_null(strstr(out, "Status: 429 Too Many Requests\r\n"));
	assert_string_equal(header(out, "Retry-After", value), "77");

	context.scope_needed = "items";
	reply_init(&reply, &config, FAMILY_RESOURCE);
	reply_fail(&reply, &context, ERR_FORBIDDEN);
	send_reply(&reply, METHOD_GET, out);
	assert_non_null(strstr(header(out, "WWW-Authenticate", value), "scope=\"items\""));
	assert_string_equal(header(out, "Retry-After", value), "");
}

static void
a_header_that_does_not_fit_is_left_out_whole(void **state)
{
	const struct config config = make_config();
	char long_value[REPLY_HEADERS_SIZE], out[OUT_SIZE], value[256];
	struct reply reply;

	(void)state;
	memset(long_value, 'x', sizeof(long_value) - 1);
	long_value[sizeof(long_value) - 1] = '\0';
	reply_init(&reply, &config, FAMILY_RESOURCE);
	assert_true(reply_header(&reply, "X-One", "1"));
	assert_false(reply_header(&reply, "X-Two", long_value));
	assert_true(reply_header(&reply, "X-Three", "3"));
	reply_nothing(&reply);
	send_reply(&reply, METHOD_OPTIONS, out);

	assert_string_equal(header(out, "X-One", value), "1");
	assert_string_equal(header(out, "X-Two", value), "");
	assert_string_equal(header(out, "X-Three", value), "3");
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
static void (*real_free)(void *block);
static const char *watched;	/* the start of a token; NULL: nobody looks */
static bool is_freed;		/* a block with that in it */

__attribute__((constructor)) static void
find_free(void)
{
	*(void **)&real_free = dlsym(RTLD_NEXT, "free");
}

/* Stands before that of the C library, for all that is in this program or linked to it. */
void
free(void *block)
{
	if (block != NULL && watched != NULL &&
	    memmem(block, malloc_usable_size(block), watched, strlen(watched)) != NULL)
		is_freed = true;
	if (real_free != NULL)
		real_free(block);
}

static void
no_block_is_freed_with_a_token_in_it(void **state)
{
	const struct config config = make_config();
	const char *preloaded = getenv("LD_PRELOAD");
	struct reply reply;
	char out[OUT_SIZE], jwt[801];
	struct grant_tokens tokens = { .jwt = jwt, .expires_in = 60, .scope = "me" };

	(void)state;
	/* It would complain of what we look at. */
	if (preloaded != NULL && strstr(preloaded, "vgpreload") != NULL)
		skip();
	memset(jwt, 'j', sizeof(jwt) - 1);
	jwt[sizeof(jwt) - 1] = '\0';
	memset(tokens.refresh_token, 'j', sizeof(tokens.refresh_token) - 1);
	watched = "jjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjj";

	free(strdup(jwt));
	assert_true(is_freed);
	is_freed = false;
	reply_init(&reply, &config, FAMILY_OAUTH);
	assert_int_equal(reply_token(&reply, &tokens, NULL), ERR_OK);
	send_reply(&reply, METHOD_POST, out);
	watched = NULL;

	assert_non_null(strstr(out, jwt));
	assert_non_null(strstr(out, "\"expires_in\":60,\"refresh_token\":\"jjjj"));
	assert_false(is_freed);
}
#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document_may_be_kept_and_is_not_sent_twice),
		cmocka_unit_test(a_page_loads_nothing_from_elsewhere_and_is_not_kept),
		cmocka_unit_test(a_redirect_goes_with_a_cookie_and_without_a_body),
		cmocka_unit_test(no_redirect_ends_its_header),
		cmocka_unit_test(an_error_takes_the_place_of_all_that_was_there),
		cmocka_unit_test(the_context_says_how_long_to_wait_and_which_scope_is_needed),
		cmocka_unit_test(a_header_that_does_not_fit_is_left_out_whole),
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
		cmocka_unit_test(no_block_is_freed_with_a_token_in_it),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
