/* test_endpoint: a request finds its row in the table of a pool. */
#include "http/endpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const struct endpoint one[] = { { .path = "/token" }, {0} };
static const struct endpoint asked[] = { { .path = "/verify", .methods = METHOD_ANY }, {0} };
static const struct endpoint several[] = {
	{ .path = "/account" }, { .path = "/account/password" }, { .path = "/users/me/password" },
	{ .path = "/.well-known/x-y" }, {0},
};

static const char *
find_rewritten(const struct endpoint *table, const char *script_name, const char *redirect_url)
{
	char name[128], url[128];
	char *params[] = { name, url, NULL };
	const struct wire wire = { .params = params };
	const struct endpoint *found;

	snprintf(name, sizeof(name), "SCRIPT_NAME=%s", script_name);
	snprintf(url, sizeof(url), "REDIRECT_URL=%s", redirect_url);
	found = endpoint_find(table, &wire);
	return found == NULL ? "none" : found->path;
}

static const char *
find(const struct endpoint *table, const char *script_name)
{
	return find_rewritten(table, script_name, "");
}

static void
the_only_row_is_for_whatever_the_web_server_hands_over(void **state)
{
	(void)state;
	assert_string_equal(find(one, "/token"), "/token");
	assert_string_equal(find(one, "/sign-in/token.fcgi"), "/token");
	assert_string_equal(find(one, ""), "/token");
}

static void
a_row_is_found_below_any_prefix_with_or_without_a_slash(void **state)
{
	(void)state;
	assert_string_equal(find(several, "/account"), "/account");
	assert_string_equal(find(several, "/account/"), "/account");
	assert_string_equal(find(several, "/auth/account"), "/account");
	assert_string_equal(find(several, "/account/password"), "/account/password");
	assert_string_equal(find(several, "/auth/users/me/password/"), "/users/me/password");
}

static void
a_path_of_no_row_finds_none(void **state)
{
	static const char *const paths[] = {
		"", "/", "/accounts", "/account/x", "/myaccount", "/password", "account",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_string_equal(find(several, paths[i]), "none");
}

static void
a_program_that_apache_calls_by_its_own_name_goes_by_what_was_asked_for(void **state)
{
	(void)state;
	assert_string_equal(find_rewritten(several, "/sign-in/x.fcgi", "/account/"), "/account");
	assert_string_equal(find_rewritten(several, "/me/x.fcgi", "/me/account"), "/account");
	assert_string_equal(find_rewritten(several, "/x.fcgi", "/x.fcgi"), "none");
	assert_string_equal(find_rewritten(several, "/account", "/users/me/password"), "/account");
}

static const char *
find_cut(const struct endpoint *table, const char *script_name, const char *path_info)
{
	char name[128], info[128];
	char *params[] = { name, info, NULL };
	const struct wire wire = { .params = params };
	const struct endpoint *found;

	snprintf(name, sizeof(name), "SCRIPT_NAME=%s", script_name);
	snprintf(info, sizeof(info), "PATH_INFO=%s", path_info);
	found = endpoint_find(table, &wire);
	return found == NULL ? "none" : found->path;
}

static void
a_path_that_lighttpd_cuts_is_one_path(void **state)
{
	(void)state;
	assert_string_equal(find_cut(several, "/account", "/password"), "/account/password");
	assert_string_equal(find_cut(several, "/account", "/password/"), "/account/password");
	assert_string_equal(find_cut(several, "/auth/users", "/me/password"),
	    "/users/me/password");
	assert_string_equal(find_cut(several, "/account", "/"), "/account");
}

static void
nothing_below_an_endpoint_is_a_way_to_another(void **state)
{
	(void)state;
	assert_string_equal(find_cut(several, "/account", "/x"), "none");
	assert_string_equal(find_cut(several, "/x", "/account"), "none");
	assert_string_equal(find_cut(several, "/account", "/account/password"), "none");
	assert_string_equal(find_cut(one, "/token", "/x"), "none");
	assert_string_equal(find_cut(one, "/token", "/"), "/token");
	assert_string_equal(find_cut(asked, "/x", "/y"), "/verify");
}

/* RFC 8414, section 3.1: the path of an issuer comes after the well-known one. */
static void
a_well_known_path_may_go_on_and_no_other_may(void **state)
{
	static const char *const paths[] = {
		"/.well-known/x-y", "/.well-known/x-y/", "/.well-known/x-y/auth",
		"/.well-known/x-y/a/b/", "/auth/.well-known/x-y", "/.well-known/x-y/account",
	};
	static const char *const others[] = {
		"/.well-known", "/.well-known/", "/.well-known/x-", "/.well-known/x-yz",
		"/.well-known/x-yz/auth", "/x-y/auth", "/account/auth",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_string_equal(find(several, paths[i]), "/.well-known/x-y");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_string_equal(find(several, others[i]), "none");
	assert_string_equal(find_rewritten(several, "/sign-in/x.fcgi", "/.well-known/x-y/auth"),
	    "/.well-known/x-y");
	assert_string_equal(find_cut(several, "/.well-known/x-y", "/auth/of/a/long/path"),
	    "/.well-known/x-y");
	assert_string_equal(find_cut(several, "/x", "/.well-known/x-y/auth"), "none");
}

static bool
ends(const char *script_name, const char *path_info, const char *redirect_url, const char *end)
{
	char name[128], info[128], url[128];
	char *params[] = { name, info, url, NULL };
	const struct wire wire = { .params = params };

	snprintf(name, sizeof(name), "SCRIPT_NAME=%s", script_name);
	snprintf(info, sizeof(info), "PATH_INFO=%s", path_info);
	snprintf(url, sizeof(url), "REDIRECT_URL=%s", redirect_url);
	return endpoint_path_ends(&wire, end);
}

static void
the_end_of_a_path_is_seen_however_it_is_told(void **state)
{
	(void)state;
	assert_true(ends("/.well-known/x/auth", "", "", "/x/auth"));
	assert_true(ends("/.well-known/x/auth/", "", "", "/x/auth"));
	assert_true(ends("/.well-known/x", "/auth", "", "/x/auth"));
	assert_true(ends("/sign-in/x.fcgi", "", "/.well-known/x/auth", "/x/auth"));
	assert_false(ends("/.well-known/x/auth/more", "", "", "/x/auth"));
	assert_false(ends("/.well-known/x", "/other", "", "/x/auth"));
	assert_false(ends("", "", "", "/x/auth"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_only_row_is_for_whatever_the_web_server_hands_over),
		cmocka_unit_test(a_row_is_found_below_any_prefix_with_or_without_a_slash),
		cmocka_unit_test(a_path_of_no_row_finds_none),
		cmocka_unit_test(
		    a_program_that_apache_calls_by_its_own_name_goes_by_what_was_asked_for),
		cmocka_unit_test(a_path_that_lighttpd_cuts_is_one_path),
		cmocka_unit_test(nothing_below_an_endpoint_is_a_way_to_another),
		cmocka_unit_test(a_well_known_path_may_go_on_and_no_other_may),
		cmocka_unit_test(the_end_of_a_path_is_seen_however_it_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
