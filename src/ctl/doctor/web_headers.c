/* web_headers: doctor: whether a client could claim to be somebody in guarded parts. */
#include <string.h>

#include "ctl/doctor/web.h"

/* Some of the headers that applications believe; the samples have more. */
static const char *const names[] = {
	"X-Auth-User", "X-Auth-Groups", "Remote-User", "X-Remote-User", "X-Forwarded-User",
};

enum { NAMES = sizeof(names) / sizeof(names[0]) };

/* Whether a block of nginx passes requests on to an application by this protocol. */
static const struct tree *
find_pass(const struct doctor *doctor, const struct tree *block, const char *directive)
{
	const struct tree *pass = tree_find(block, directive);

	return pass == NULL || web_pool_of(doctor, tree_get(pass, 1)) >= 0 ? NULL : pass;
}

/* As CGI has it: HTTP_X_AUTH_USER. */
static bool
is_variable_of(const char *variable, const char *name)
{
	if (strncmp(variable, "HTTP_", 5) != 0 || strlen(variable + 5) != strlen(name))
		return false;
	for (variable += 5; *name != '\0'; name++, variable++)
		if (*variable != (*name == '-' ? '_' : *name >= 'a' && *name <= 'z'
		    ? *name - 'a' + 'A' : *name))
			return false;
	return true;
}

/* Whether a line right in a block sets a header of that name. */
static bool
has_line(const struct tree *block, const char *directive, const char *name)
{
	for (const struct tree *line = block->first; line != NULL; line = line->next)
		if (tree_is(line, directive) && (strcasecmp(tree_get(line, 1), name) == 0 ||
		    is_variable_of(tree_get(line, 1), name)))
			return true;
	return false;
}

/* In nginx, a line of the directive puts those of the blocks around out of force. */
static const char *
find_missing_nginx(const struct doctor *doctor, const struct tree *block)
{
	static const char *const ways[][2] = {
		{ "proxy_pass", "proxy_set_header" }, { "fastcgi_pass", "fastcgi_param" },
		{ "uwsgi_pass", "uwsgi_param" }, { "scgi_pass", "scgi_param" },
		{ "grpc_pass", "grpc_set_header" },
	};

	for (size_t way = 0; way < sizeof(ways) / sizeof(ways[0]); way++) {
		const struct tree *pass = find_pass(doctor, block, ways[way][0]);
		const struct tree *line = pass == NULL ? NULL
		    : tree_find_around(pass->parent, ways[way][1]);

		for (size_t i = 0; pass != NULL && i < NAMES; i++)
			if (line == NULL || !has_line(line->parent, ways[way][1], names[i]))
				return names[i];
	}
	return NULL;
}

/* In these, it is enough that some line around, or beside, takes the header away. */
static bool
takes_away(const struct tree *top, const char *directive, const char *name)
{
	for (const struct tree *node = top->first; node != NULL; node = tree_next(top, node))
		if (tree_is(node, directive))
			for (int i = 1; i < node->count; i++)
				if (strcasecmp(node->words[i], name) == 0 ||
				    (*node->words[i] == '-' &&
				    strcasecmp(node->words[i] + 1, name) == 0))
					return true;
	return false;
}

/* Whether a server has applications at all, which could believe a header. */
static bool
has_applications(const struct tree *top)
{
	static const char *const directives[] = {
		"ProxyPass", "ProxyPassMatch", "ScriptAlias", "WSGIScriptAlias", "proxy.server",
		"cgi.assign", "scgi.server", "uwsgi.server", "reverse_proxy",
	};

	for (const struct tree *node = top->first; node != NULL; node = tree_next(top, node)) {
		for (size_t i = 0; i < sizeof(directives) / sizeof(directives[0]); i++)
			if (tree_is(node, directives[i]))
				return true;
		if (tree_is(node, "RewriteRule") && strstr(tree_get(node, 3), "P") != NULL)
			return true;
	}
	return false;
}

static const char *
find_missing(const struct doctor *doctor, const struct web_guarded *guarded)
{
	const enum web_kind kind = guarded->server->kind;
	const struct tree *top = kind == WEB_CADDY ? guarded->block : guarded->server->tree;

	if (kind == WEB_NGINX)
		return find_missing_nginx(doctor, guarded->block);
	if (!has_applications(guarded->server->tree))
		return NULL;
	if (kind == WEB_LIGHTTPD)
		return tree_find(guarded->server->tree, "magnet.attract-raw-url-to") != NULL
		    ? NULL : names[0];
	for (size_t i = 0; i < NAMES; i++)
		if (!takes_away(top, kind == WEB_CADDY ? "request_header" : "RequestHeader",
		    names[i]))
			return names[i];
	return NULL;
}

static const char *
advise(struct doctor *doctor, const struct web_guarded *guarded)
{
	static const char *const lines[] = {
		[WEB_NGINX] = "include snippets/bearward-proxy.conf;\n"
		    "or, beside fastcgi_pass:\ninclude snippets/bearward-fastcgi.conf;",
		[WEB_APACHE] = "RequestHeader unset X-Auth-User early\n"
		    "RequestHeader unset Remote-User early",
		[WEB_LIGHTTPD] =
		    "magnet.attract-raw-url-to = ( \"/etc/lighttpd/bearward-protect.lua\" )",
		[WEB_CADDY] = "import bearward_forged",
	};

	return doctor_text(doctor, "whoever is signed in could send it, and be another user to "
	    "the application. Write this there, and the rest of the list of the sample "
	    "(conf/*protect*):\n%s\n%s", lines[guarded->server->kind],
	    web_programs[guarded->server->kind].reload);
}

void
web_examine_headers(struct doctor *doctor)
{
	const struct web *web = doctor->web;

	for (size_t i = 0; i < web->guarded_count; i++) {
		const char *missing = find_missing(doctor, &web->guarded[i]);

		if (missing == NULL)
			continue;
		doctor_note(doctor, FINDING_FAULT, "identity headers", doctor_text(doctor,
		    "%s passes a client's %s on", tree_place(doctor, web->guarded[i].block),
		    missing), advise(doctor, &web->guarded[i]));
		return;
	}
	if (web->guarded_count > 0)
		doctor_note(doctor, FINDING_FINE, "identity headers",
		    doctor_text(doctor, "no client's reach the %zu guarded parts",
		    web->guarded_count), NULL);
}
