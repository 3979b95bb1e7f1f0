/* test_page_root: links of ours lead to us, wherever the page is. */
#include "http/page_root.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *params[5];
	const char *root;
} cases[] = {
	{ { "REQUEST_URI=/signin" }, "" },
	{ { "REQUEST_URI=/auth/signin?return=%2Fsignin/a/" }, "" },
	{ { "REQUEST_URI=/signin/" }, "../" },
	{ { "REQUEST_URI=/signin/register", "SCRIPT_NAME=/signin" }, "../" },
	{ { "REQUEST_URI=/signin/register/?x=/" }, "../../" },
	{ { "REQUEST_URI=/signout" }, "" },
	{ { "REQUEST_URI=/signout/" }, "../" },
	{ { "REQUEST_URI=/signin/x/signout/" }, "../" },
	{ { "REQUEST_URI=/signin", "REDIRECT_STATUS=200" }, "" },
	{ { "REQUEST_URI=/account" }, "" },
	{ { "REQUEST_URI=/auth/account/sessions?after=/link" }, "../" },
	{ { "REQUEST_URI=/link?token=account/x" }, "" },
	{ { "REQUEST_URI=/linkage/accounts", "SCRIPT_NAME=/auth/link" }, "/auth/" },
	/* In the place of another page. */
	{ { "REQUEST_URI=/private/a/b", "SCRIPT_NAME=/signin" }, "/" },
	{ { "REQUEST_URI=/private/signin/b", "SCRIPT_NAME=/signin", "REDIRECT_STATUS=401" }, "/" },
	{ { "REQUEST_URI=/a", "SCRIPT_NAME=/auth/signin", "REDIRECT_STATUS=401" }, "/auth/" },
	{ { "REQUEST_URI=/~me/a", "SCRIPT_NAME=/~me/sign-in/signin.fcgi",
	    "REDIRECT_URL=/~me/signin", "REDIRECT_STATUS=401" }, "/~me/" },
	/* A program of somebody else's, by a name that we give one of ours. */
	{ { "REQUEST_URI=/members/setup.cgi", "SCRIPT_NAME=/auth/signin",
	    "REDIRECT_STATUS=401" }, "/auth/" },
	{ { "REQUEST_URI=/auth/signin/setup.cgi" }, "../" },
	{ { "REQUEST_URI=/signing", "SCRIPT_NAME=/cgi-bin/signin.fcgi" }, "/" },
	{ { "SCRIPT_NAME=//evil.example/signin" }, "/" },
	{ { "SCRIPT_NAME=//signin" }, "/" },
	{ { "SCRIPT_NAME=/\\evil.example/signin" }, "/" },
	{ { "SCRIPT_NAME=/\t/evil.example/signin" }, "/" },
	{ { "REQUEST_URI=/%5Cevil.example/signin", "SCRIPT_NAME=/sign-in/signin.fcgi",
	    "REDIRECT_URL=/\\evil.example/signin", "REDIRECT_STATUS=401" }, "/" },
	{ { "REQUEST_URI=/a", "SCRIPT_NAME=/a\r\nSet-Cookie: a=b/signin",
	    "REDIRECT_STATUS=401" }, "/" },
	{ { NULL }, "/" },
};

static void
links_lead_to_where_we_are(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char copies[5][128], *params[6] = {0}, root[PAGE_ROOT_SIZE];
		const struct wire wire = { .params = params };

		for (size_t n = 0; cases[i].params[n] != NULL; n++) {
			snprintf(copies[n], sizeof(copies[n]), "%s", cases[i].params[n]);
			params[n] = copies[n];
		}
		page_root_find(&wire, root);
		if (strcmp(root, cases[i].root) != 0)
			fail_msg("case %zu: '%s', not '%s'", i, root, cases[i].root);
	}
}

static void
an_address_without_end_leads_nowhere_odd(void **state)
{
	char uri[4096] = "REQUEST_URI=/signin", script[4096] = "SCRIPT_NAME=/";
	char root[PAGE_ROOT_SIZE];
	char *deep[] = { uri, NULL }, *far[] = { script, NULL };
	struct wire wire = { .params = deep };

	(void)state;
	memset(uri + strlen(uri), '/', 2000);
	page_root_find(&wire, root);
	assert_int_equal(strlen(root) % 3, 0);

	memset(script + strlen(script), 'x', 2000);
	strcat(script, "/signin");
	wire.params = far;
	page_root_find(&wire, root);
	assert_string_equal(root, "/");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_lead_to_where_we_are),
		cmocka_unit_test(an_address_without_end_leads_nowhere_odd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
