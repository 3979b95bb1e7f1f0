/* page_root: where our addresses are, seen from the page that is answered. */
#include "http/page_root.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "http/return_address.h"

/* Where the last of our pages, such as /signin, is among the parts of a path; NULL: nowhere. */
static const char *
find_own(const char *path)
{
	static const char *const own[] = { "/signin", "/signout", "/account", "/link" };
	const char *found = NULL;
	const size_t path_len = strcspn(path, "?");

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		const size_t len = strlen(own[i]);

		for (const char *at = path; (at = strstr(at, own[i])) != NULL; at++)
			if ((size_t)(at - path) < path_len && at > found &&
			    (at[len] == '\0' || at[len] == '/' || at[len] == '?'))
				found = at;
	}
	return found;
}

/* The web server answers another address with ours, as an ErrorDocument. */
static bool
stands_in(const struct wire *wire)
{
	const char *status = wire_get_param(wire, "REDIRECT_STATUS");

	return *status == '4' || *status == '5';
}

/* One "../" for each directory between the page and ours. */
static void
write_relative(const char *own, char root[PAGE_ROOT_SIZE])
{
	const size_t len = strcspn(own, "?");
	size_t used = 0;

	root[0] = '\0';
	for (size_t i = 1; i < len && used + sizeof("../") < PAGE_ROOT_SIZE; i++)
		if (own[i] == '/')
			used += (size_t)sprintf(root + used, "../");
}

void
page_root_find(const struct wire *wire, char root[PAGE_ROOT_SIZE])
{
	static const char *const names[] = { "SCRIPT_NAME", "REDIRECT_URL" };
	const char *asked = find_own(wire_get_param(wire, "REQUEST_URI"));

	if (asked != NULL && !stands_in(wire)) {
		write_relative(asked, root);
		return;
	}
	snprintf(root, PAGE_ROOT_SIZE, "/");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *path = wire_get_param(wire, names[i]), *own = find_own(path);

		/* It is decoded, and may be whatever a client wishes: "/\\x" is another host. */
		if (own == NULL || !return_address_is_allowed(path, "") ||
		    own - path + 2 > PAGE_ROOT_SIZE)
			continue;
		snprintf(root, PAGE_ROOT_SIZE, "%.*s/", (int)(own - path), path);
		return;
	}
}
