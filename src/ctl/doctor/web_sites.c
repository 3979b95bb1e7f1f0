/* web_sites: doctor: which blocks of a configuration lead to bearward, and which are guarded. */
#include <stdlib.h>
#include <string.h>

#include "base/network.h"
#include "ctl/doctor/web.h"

/* ---- Blocks that are a site */

static bool
is_site(const struct tree *node, enum web_kind kind)
{
	if (node->parent == NULL)
		return true;
	if (kind == WEB_NGINX)
		return tree_is(node, "server") && node->first != NULL;
	if (kind == WEB_APACHE)
		return tree_is(node, "VirtualHost");
	if (kind == WEB_LIGHTTPD)
		return strncmp(tree_get(node, 0), "$SERVER[", 8) == 0 ||
		    strcmp(tree_get(node, 0), "$SERVER") == 0;
	return node->parent->parent == NULL;
}

static const struct tree *
site_of(const struct tree *node, enum web_kind kind)
{
	while (!is_site(node, kind))
		node = node->parent;
	return node;
}

/* ---- Where it listens */

/* Takes an address apart: "127.0.0.1:8000", "[::1]:80", "*:443", "443", "unix:/x". */
static void
take_address(struct doctor *doctor, struct web_site *site, const char *address)
{
	const char *colon = strrchr(address, ':');
	const bool is_bracket_last = colon != NULL && strchr(colon, ']') != NULL;

	/* Whom only this machine can ask. */
	if (strncmp(address, "unix:", 5) == 0 || *address == '/') {
		site->host = "127.0.0.1";
		return;
	}
	if (colon == NULL && address[strspn(address, "0123456789")] == '\0') {
		site->host = "";
		site->port = address;
		return;
	}
	site->host = colon == NULL || is_bracket_last ? address
	    : doctor_text(doctor, "%.*s", (int)(colon - address), address);
	if (colon != NULL && !is_bracket_last)
		site->port = colon + 1;
	if (strcmp(site->host, "*") == 0 || strcmp(site->host, "0.0.0.0") == 0 ||
	    strcmp(site->host, "[::]") == 0 || strncmp(site->host, "_default_", 9) == 0)
		site->host = "";
}

static bool
has_word(const struct tree *node, const char *word)
{
	for (int i = 1; i < node->count; i++)
		if (strcasecmp(node->words[i], word) == 0)
			return true;
	return false;
}

static void
take_nginx(struct doctor *doctor, struct web_site *site)
{
	bool has_listen = false;

	for (const struct tree *node = site->block->first; node != NULL; node = node->next) {
		/* What is asked is https, where it is there, or else what others reach. */
		if (tree_is(node, "listen") && (!has_listen || has_word(node, "ssl") ||
		    (!site->is_tls && network_is_loopback(site->host)))) {
			take_address(doctor, site, tree_get(node, 1));
			site->is_tls = has_word(node, "ssl");
			has_listen = true;
		}
		if (tree_is(node, "server_name") && strcmp(tree_get(node, 1), "_") != 0)
			site->name = tree_get(node, 1);
	}
}

static void
take_apache(struct doctor *doctor, struct web_site *site)
{
	const struct tree *engine = tree_find(site->block, "SSLEngine");
	const struct tree *name = tree_find(site->block, "ServerName");

	if (tree_is(site->block, "VirtualHost"))
		take_address(doctor, site, tree_get(site->block, 1));
	else if ((name = tree_find(site->block, "Listen")) != NULL)
		take_address(doctor, site, tree_get(name, 1));
	name = tree_find(site->block, "ServerName");
	if (name != NULL)
		site->name = tree_get(name, 1);
	site->is_tls = engine != NULL && has_word(engine, "on");
}

/* Returns the last word of a line of the root, "server.port = 80". */
static const char *
value_of(const struct tree *top, const char *name)
{
	const struct tree *node = tree_find(top, name);

	return node == NULL || node->count < 3 ? NULL : node->words[node->count - 1];
}

static void
take_lighttpd(struct doctor *doctor, struct web_site *site)
{
	const struct tree *root = site->server->tree;
	const char *port = value_of(root, "server.port"), *host = value_of(root, "server.bind");
	const char *engine = value_of(site->block, "ssl.engine");

	if (port != NULL)
		site->port = port;
	if (host != NULL)
		take_address(doctor, site, doctor_text(doctor, "%s:%s", host, site->port));
	/* $SERVER["socket"] == "127.0.0.1:8000" { */
	if (site->block->parent != NULL)
		take_address(doctor, site, tree_get(site->block, site->block->count - 1));
	site->is_tls = engine != NULL && strcmp(engine, "enable") == 0;
}

static void
take_caddy(struct doctor *doctor, struct web_site *site)
{
	const struct tree *bind = tree_find(site->block, "bind");
	const char *address = tree_get(site->block, 0);
	const bool is_plain = strncmp(address, "http://", 7) == 0;

	address += is_plain ? 7 : strncmp(address, "https://", 8) == 0 ? 8 : 0;
	address = doctor_text(doctor, "%.*s", (int)strcspn(address, "/,"), address);
	site->is_tls = !is_plain && *address != ':';
	site->port = site->is_tls ? "443" : "80";
	take_address(doctor, site, address);
	if (strcmp(site->host, "") != 0)
		site->name = site->host;
	site->host = bind != NULL ? tree_get(bind, 1) : "";
}

static void
take_listen(struct doctor *doctor, struct web_site *site)
{
	static void (*const takes[])(struct doctor *doctor, struct web_site *site) = {
		[WEB_NGINX] = take_nginx, [WEB_APACHE] = take_apache,
		[WEB_LIGHTTPD] = take_lighttpd, [WEB_CADDY] = take_caddy,
	};

	site->host = site->name = "";
	site->port = "80";
	takes[site->server->kind](doctor, site);
	if (site->is_tls && strcmp(site->port, "80") == 0)
		site->port = "443";
}

/* ---- Finding them */

static struct web_site *
get_site(struct doctor *doctor, const struct web_server *server, const struct tree *block)
{
	struct web *web = doctor->web;
	struct web_site *added = &web->sites[web->site_count];

	for (size_t i = 0; i < web->site_count; i++)
		if (web->sites[i].block == block)
			return &web->sites[i];
	if (web->site_count == WEB_SITES_MAX)
		return NULL;
	web->site_count++;
	*added = (struct web_site){ .server = server, .block = block };
	take_listen(doctor, added);
	return added;
}

/* Returns the responder that a line leads to; in nginx also by the name of an upstream. */
static int
pool_of_line(struct doctor *doctor, const struct web_server *server, const struct tree *node)
{
	for (int i = 1; i < node->count; i++) {
		const int pool = web_pool_of(doctor, node->words[i]);

		if (pool >= 0)
			return pool;
	}
	return server->kind == WEB_NGINX ? web_pool_of_pass(doctor, server->tree, node) : -1;
}

static bool
is_within(const struct tree *node, const char *name)
{
	for (; node != NULL; node = node->parent)
		if (tree_is(node, name))
			return true;
	return false;
}

/* ---- Guarded parts */

static void
add_guarded(struct doctor *doctor, const struct web_server *server, const struct tree *block,
    const char *path)
{
	struct web *web = doctor->web;

	for (size_t i = 0; i < web->guarded_count; i++)
		if (web->guarded[i].block == block && strcmp(web->guarded[i].path, path) == 0)
			return;
	if (web->guarded_count < WEB_GUARDED_MAX)
		web->guarded[web->guarded_count++] = (struct web_guarded){ server, block, path };
}

/* Returns the path of a block that can be asked for: not of a pattern. */
static const char *
path_of(struct doctor *doctor, const struct tree *block)
{
	const char *path = tree_get(block, block->count - 1);

	if (*path != '/' || strpbrk(path, "\\^$(|") != NULL ||
	    strcmp(tree_get(block, 1), "~") == 0 || tree_is(block, "Directory"))
		return "";
	return doctor_text(doctor, "%.*s", (int)strcspn(path, "*"), path);
}

/* Returns "/private/" for a block of $HTTP["url"] =~ "^/private(/|$)"; else "". */
static const char *
path_of_condition(struct doctor *doctor, const struct tree *block)
{
	const char *pattern = tree_get(block, block->count - 1);
	size_t len;

	if (strcmp(tree_get(block, 1), "url") != 0 || strncmp(pattern, "^/", 2) != 0)
		return "";
	len = strcspn(++pattern, "([|$\\?*+.");
	return doctor_text(doctor, "%.*s%s", (int)len, pattern,
	    pattern[len - 1] == '/' ? "" : "/");
}

/* "/private/" => ((	"socket" => "/run/bearward/verify.sock", "mode" => "authorizer" */
static void
find_guarded_lighttpd(struct doctor *doctor, const struct web_server *server,
    const struct tree *node)
{
	const char *path = "", *within = path_of_condition(doctor, node->parent);

	for (int i = 1; i < node->count; i++) {
		const int pool = web_pool_of(doctor, node->words[i]);

		if (*node->words[i] == '/' && strcmp(tree_get(node, i + 1), "=>") == 0)
			path = *within != '\0' ? within : node->words[i];
		if (pool >= 0 && strcmp(responders_pools[pool], "verify") == 0)
			add_guarded(doctor, server, node, path);
	}
}

/* Whether a location of nginx of that path leads to verify. */
static bool
is_question(struct doctor *doctor, const struct tree *root, const char *path)
{
	for (const struct tree *node = root->first; node != NULL; node = tree_next(root, node)) {
		const int pool = web_pool_of_pass(doctor, root, node);

		if (pool >= 0 && strcmp(responders_pools[pool], "verify") == 0 &&
		    strcmp(tree_get(node->parent, node->parent->count - 1), path) == 0)
			return true;
	}
	return false;
}

static void
find_guarded(struct doctor *doctor, const struct web_server *server, const struct tree *node)
{
	int pool = -1;

	if (server->kind == WEB_LIGHTTPD) {
		find_guarded_lighttpd(doctor, server, node);
		return;
	}
	for (int i = 1; i < node->count && pool < 0; i++)
		pool = web_pool_of(doctor, node->words[i]);
	if (server->kind == WEB_NGINX ? tree_is(node, "auth_request") &&
	    is_question(doctor, server->tree, tree_get(node, 1))
	    : server->kind == WEB_CADDY ? tree_is(node, "reverse_proxy") && pool >= 0 &&
	    strcmp(responders_pools[pool], "verify") == 0
	    : (tree_is(node, "AuthnzFcgiCheckAuthnProvider") ||
	    tree_is(node, "FcgidAccessChecker")))
		add_guarded(doctor, server, node->parent, path_of(doctor, node->parent));
}

/* Whether a line has the program, and not only a socket of it. */
static bool
names_program(const struct tree *node)
{
	for (int i = 1; i < node->count; i++)
		if (responders_pool_of(node->words[i], ".fcgi") >= 0)
			return true;
	return false;
}

void
web_find_sites(struct doctor *doctor, const struct web_server *server)
{
	const struct tree *root = server->tree;

	for (const struct tree *node = root->first; node != NULL; node = tree_next(root, node)) {
		const int pool = pool_of_line(doctor, server, node);
		struct web_site *site = NULL;

		if (pool >= 0 && !is_within(node, "upstream"))
			site = get_site(doctor, server, site_of(node, server->kind));
		if (site != NULL) {
			site->line = site->block->line > 0 ? site->block
			    : site->line != NULL ? site->line : node;
			site->has_pool[pool] = true;
			site->starts_them |= names_program(node);
		}
		if (server->lines_to_us > 0)
			find_guarded(doctor, server, node);
	}
}

static int
count_pools(const struct web_site *site)
{
	int count = 0;

	for (int pool = 0; pool < RESPONDERS_POOLS; pool++)
		count += site->has_pool[pool];
	return count;
}

bool
web_leads_to(const struct doctor *doctor, int pool)
{
	const struct web *web = doctor->web;
	bool is_asked = web == NULL || web->site_count == 0;

	for (size_t i = 0; web != NULL && i < web->site_count; i++)
		is_asked |= web->sites[i].has_pool[pool];
	return is_asked;
}

const struct web_site *
web_best_site(const struct doctor *doctor)
{
	const struct web *web = doctor->web;
	const struct web_site *best = NULL;

	for (size_t i = 0; web != NULL && i < web->site_count; i++)
		if (best == NULL || count_pools(&web->sites[i]) > count_pools(best) ||
		    (count_pools(&web->sites[i]) == count_pools(best) && web->sites[i].is_tls))
			best = &web->sites[i];
	return best;
}
