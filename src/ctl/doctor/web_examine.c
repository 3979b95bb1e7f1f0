/* web_examine: doctor: what the configurations of web servers say. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/docroot.h"
#include "ctl/doctor/web.h"

/* ---- The servers themselves */

static void
examine_server(struct doctor *doctor, const struct web_server *server)
{
	const struct web_program *program = &web_programs[server->kind];

	/* One that does not run and has no line to us is nobody's business here. */
	if (server->fault != NULL && (server->master != 0 || server->lines_to_us > 0))
		doctor_note(doctor, FINDING_FAULT, program->name, doctor_text(doctor,
		    "its configuration is not valid: %s", server->fault), doctor_text(doctor,
		    "correct it; until then, it takes up no change, and does not start:\n%s",
		    program->reload));
	else if (server->master == 0)
		doctor_note(doctor, server->lines_to_us > 0 ? FINDING_FAULT : FINDING_FINE,
		    program->name, doctor_text(doctor, "%s, it does not run", server->version),
		    doctor_text(doctor, "start it:\nservice %s start", program->name));
	else
		doctor_note(doctor, FINDING_FINE, program->name, doctor_text(doctor, "%s, %s",
		    server->version, server->conf), NULL);
}

/* ---- A site that leads to bearward */

/* Returns the site of a server that whoever asks what to write most likely means. */
static const struct tree *
find_likely_block(const struct web_server *server)
{
	static const char *const names[] = { "server", "VirtualHost", "", "" };

	for (const struct tree *node = server->tree->first; node != NULL;
	    node = tree_next(server->tree, node))
		if (tree_is(node, names[server->kind]) && node->first != NULL)
			return node;
	return NULL;
}

static bool
is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

/* Returns what to write, and where. */
static const char *
advise_site(struct doctor *doctor, const struct web_server *server)
{
	const struct tree *block = find_likely_block(server);
	const char *reload = web_programs[server->kind].reload;

	if (server->kind == WEB_NGINX && block != NULL &&
	    is_there("/etc/nginx/snippets/bearward-site.conf"))
		return doctor_text(doctor, "write this into the server { } of your site, such as "
		    "the one of %s, and reload nginx:\ninclude snippets/bearward-site.conf;\n%s",
		    tree_place(doctor, block), reload);
	if (server->kind == WEB_APACHE && is_there("/etc/apache2/conf-available/bearward.conf"))
		return doctor_text(doctor, "type the first line, and write the second one into "
		    "the virtual host of your site, such as the one of %s:\na2enconf bearward\n"
		    "Use BearwardSite\n%s", block != NULL ? tree_place(doctor, block)
		    : server->conf, reload);
	if (server->kind == WEB_LIGHTTPD &&
	    is_there("/etc/lighttpd/conf-available/50-bearward.conf"))
		return "let it lead there:\nlighty-enable-mod bearward\nservice lighttpd restart";
	return doctor_text(doctor, "take over the sample for %s: INSTALL, \"Choose your web "
	    "server\"; or join the site that you have: \"Protecting pages and applications\"",
	    web_programs[server->kind].name);
}

static void
examine_site(struct doctor *doctor)
{
	const struct web *web = doctor->web;
	const struct web_site *site = web_best_site(doctor);
	const char *names = "";

	for (int pool = 0; site != NULL && pool < RESPONDERS_POOLS; pool++)
		if (site->has_pool[pool])
			names = doctor_text(doctor, "%s%s%s", names, *names != '\0' ? " " : "",
			    responders_pools[pool]);
	if (site != NULL)
		doctor_note(doctor, FINDING_FINE, "site", doctor_text(doctor, "%s leads to %s",
		    tree_place(doctor, site->line), names), NULL);
	else if (web->server_count > 0)
		doctor_note(doctor, FINDING_FAULT, "site", "no web server leads to the responders",
		    advise_site(doctor, &web->servers[0]));
	else
		doctor_note(doctor, FINDING_RISK, "site",
		    "no nginx, Apache, lighttpd or Caddy was found on this host",
		    "install one, unless another host passes requests on to this one:\n"
		    "apt-get install nginx-light");
}

static void
examine_access(struct doctor *doctor)
{
	const struct web *web = doctor->web;

	if (web->closed_socket == NULL && web->site_count == 0)
		return;
	doctor_note(doctor, web->closed_socket == NULL ? FINDING_FINE : FINDING_FAULT,
	    "access to sockets", web->closed_socket == NULL ? "the web server may connect"
	    : doctor_text(doctor, "%s, as it runs, may not connect to %s", web->closed_account,
	    web->closed_socket), doctor_text(doctor,
	    "make it a member of the group, and start the web server anew, which it has the "
	    "group from:\nusermod --append --groups bearward-web %s\nservice %s restart",
	    web->closed_account == NULL ? "" : web->closed_account,
	    web->site_count > 0 ? web_programs[web->sites[0].server->kind].name : "nginx"));
}

/* ---- Files that the web server hands out */

/* Returns the directory that a line of a configuration has files served from; or NULL. */
static const char *
root_of(const struct tree *node)
{
	static const char *const names[] = {
		"root", "alias", "DocumentRoot", "Alias", "server.document-root",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (tree_is(node, names[i]) && node->count > 1)
			return node->words[node->count - 1];
	return NULL;
}

static void
examine_files(struct doctor *doctor)
{
	const char *state_dir = doctor->ctl->config.state_dir;
	const struct web *web = doctor->web;

	for (size_t i = 0; i < web->server_count; i++) {
		const struct tree *top = web->servers[i].tree;

		for (const struct tree *node = top->first; node != NULL;
		    node = tree_next(top, node)) {
			const char *root = root_of(node);

			if (root == NULL || !docroot_holds(root, state_dir))
				continue;
			doctor_note(doctor, FINDING_FAULT, "state files", doctor_text(doctor,
			    "%s is below %s, which %s hands out (%s)", state_dir, root,
			    web_programs[web->servers[i].kind].name, tree_place(doctor, node)),
			    "anybody could fetch users and keys. Move it, and change all keys and "
			    "passwords; then write into the settings:\n"
			    "state_dir = " LOCALSTATEDIR "/lib/bearward");
			doctor->web->serves_state = true;
			return;
		}
	}
}

/* ---- Guarded parts */

/* nginx holds the question to the limit of its own location. */
static void
examine_uploads(struct doctor *doctor)
{
	const struct web *web = doctor->web;

	for (size_t i = 0; i < web->guarded_count; i++) {
		const struct web_guarded *guarded = &web->guarded[i];
		const struct tree *top = guarded->server->tree;

		if (guarded->server->kind != WEB_NGINX)
			continue;
		for (const struct tree *node = top->first; node != NULL;
		    node = tree_next(top, node)) {
			const int pool = web_pool_of_pass(doctor, top, node);
			const struct tree *limit = pool < 0 ? NULL
			    : tree_find(node->parent, "client_max_body_size");

			if (pool < 0 || strcmp(responders_pools[pool], "verify") != 0 ||
			    (limit != NULL && strcmp(tree_get(limit, 1), "0") == 0))
				continue;
			doctor_note(doctor, FINDING_RISK, "uploads", doctor_text(doctor,
			    "larger ones to guarded pages are answered 503: %s asks with a limit",
			    tree_place(doctor, node->parent)), doctor_text(doctor,
			    "write this in that location, and reload nginx:\n"
			    "client_max_body_size 0;\n%s", web_programs[WEB_NGINX].reload));
			return;
		}
		doctor_note(doctor, FINDING_FINE, "uploads", "bearward is asked without them",
		    NULL);
		return;
	}
}

/* Returns a demand in the way of FastCGI beside a question by HTTP; NULL: there is none. */
static const struct tree *
find_lost_demand(struct doctor *doctor, const struct tree *top)
{
	static const char required[] = "REQUIRED_";

	for (const struct tree *node = top->first; node != NULL; node = tree_next(top, node)) {
		const int pool = tree_is(node, "proxy_pass") ? web_pool_of_pass(doctor, top, node)
							     : -1;

		if (pool < 0 || strcmp(responders_pools[pool], "verify") != 0)
			continue;
		for (const struct tree *line = node->parent->first; line != NULL;
		    line = line->next)
			if (tree_is(line, "fastcgi_param") &&
			    strncmp(tree_get(line, 1), required, sizeof(required) - 1) == 0)
				return line;
	}
	return NULL;
}

/* In a site that asked over FastCGI before, a demand may have been left where it was. */
static void
examine_demands(struct doctor *doctor)
{
	const struct web *web = doctor->web;

	for (size_t i = 0; i < web->server_count; i++) {
		const struct web_server *server = &web->servers[i];
		const struct tree *lost = server->kind == WEB_NGINX && server->tree != NULL
		    ? find_lost_demand(doctor, server->tree) : NULL;

		if (lost == NULL)
			continue;
		doctor_note(doctor, FINDING_FAULT, "demands", doctor_text(doctor,
		    "nothing demands %s: nginx asks by HTTP, and does not tell it (%s)",
		    tree_get(lost, 1), tree_place(doctor, lost)), doctor_text(doctor,
		    "remove that line, write %s=VALUE behind the '?' or an '&' of proxy_pass, "
		    "and reload nginx:\n%s", tree_get(lost, 1), web_programs[WEB_NGINX].reload));
		return;
	}
}

void
web_examine(struct doctor *doctor)
{
	if (doctor->web == NULL)
		return;
	/* Others are of interest where none leads to us. */
	for (size_t i = 0; i < doctor->web->server_count; i++)
		if (doctor->web->site_count == 0 || doctor->web->servers[i].lines_to_us > 0)
			examine_server(doctor, &doctor->web->servers[i]);
	examine_site(doctor);
	if (doctor->was_root)
		examine_access(doctor);
	if (doctor->has_settings)
		examine_files(doctor);
	examine_uploads(doctor);
	examine_demands(doctor);
	web_examine_headers(doctor);
}
