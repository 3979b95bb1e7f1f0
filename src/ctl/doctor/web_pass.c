/* web_pass: doctor: where a line of nginx passes requests to. */
#include <string.h>

#include "ctl/doctor/web.h"

/* Returns the responder of an upstream of that name; -1: none. */
static int
pool_of_upstream(const struct doctor *doctor, const struct tree *top, const char *name)
{
	for (const struct tree *up = top->first; up != NULL; up = tree_next(top, up))
		if (tree_is(up, "upstream") && strcmp(tree_get(up, 1), name) == 0 &&
		    up->first != NULL)
			return web_pool_of(doctor, tree_get(up->first, 1));
	return -1;
}

/* "http://unix:/run/bearward/verify.sock:/verify?SIGNIN=/signin", or a name in its place */
static int
pool_of_url(struct doctor *doctor, const struct tree *top, const char *url)
{
	static const char http[] = "http://", local[] = "unix:";
	size_t len;

	if (strncmp(url, http, sizeof(http) - 1) != 0)
		return -1;
	url += sizeof(http) - 1;
	if (strncmp(url, local, sizeof(local) - 1) == 0) {
		len = sizeof(local) - 1 + strcspn(url + sizeof(local) - 1, ":");
		return web_pool_of(doctor, doctor_text(doctor, "%.*s", (int)len, url));
	}
	len = strcspn(url, "/?");
	return pool_of_upstream(doctor, top, doctor_text(doctor, "%.*s", (int)len, url));
}

int
web_pool_of_pass(struct doctor *doctor, const struct tree *top, const struct tree *node)
{
	const char *where = tree_get(node, 1);
	int pool;

	if (tree_is(node, "proxy_pass"))
		return pool_of_url(doctor, top, where);
	if (!tree_is(node, "fastcgi_pass"))
		return -1;
	pool = web_pool_of(doctor, where);
	return pool >= 0 ? pool : pool_of_upstream(doctor, top, where);
}
