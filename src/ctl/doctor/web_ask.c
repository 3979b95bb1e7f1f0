/* web_ask: doctor: asks through the web server, and says what it answers. */
#include "ctl/doctor/web_ask.h"

#include <stdlib.h>
#include <string.h>

#include "config/public_url.h"
#include "ctl/doctor/output.h"

bool
web_ask_has_pool(const struct asking *asking, const char *name)
{
	for (int pool = 0; pool < RESPONDERS_POOLS; pool++)
		if (strcmp(responders_pools[pool], name) == 0)
			return asking->conf == NULL || asking->conf->has_pool[pool];
	return false;
}

const char *
web_ask_place(const struct asking *asking)
{
	return asking->conf == NULL ? "the site"
	    : tree_place(asking->doctor, asking->conf->line);
}

const char *
web_ask_reload(const struct asking *asking)
{
	return asking->conf == NULL ? "" : web_programs[asking->conf->server->kind].reload;
}

/* Whether bearward itself has answered that nobody is signed in. */
static bool
is_challenge(struct doctor *doctor, const struct ask_answer *answer)
{
	return answer->status == 401 &&
	    strncmp(ask_header(doctor, answer, "WWW-Authenticate"), "Bearer", 6) == 0;
}

/* ---- Which site */

/* How the site of a configuration is reached on this host. */
static void
take_local(struct doctor *doctor, const struct web_site *conf, struct ask_site *site)
{
	const char *host = *conf->host != '\0' ? conf->host : "127.0.0.1";
	const char *name = *conf->name != '\0' && strpbrk(conf->name, "*~$") == NULL
	    ? conf->name : host;

	site->url = doctor_text(doctor, "%s://%s:%s", conf->is_tls ? "https" : "http", name,
	    conf->port);
	site->address = doctor_text(doctor, "%s:%s", host, conf->port);
}

static bool
answers(struct asking *asking)
{
	ask_site(asking->doctor, &asking->site, &(struct ask){ .path = asking->probe },
	    &asking->plain);
	return asking->plain.status != 0;
}

/* Finds the one to be asked: as typed; as the settings have it; or as it listens here. */
static bool
choose(struct asking *asking)
{
	struct doctor *doctor = asking->doctor;
	const char *typed = doctor->ctl->typed[OPT_URL];
	const char *known = doctor->has_settings ? public_url_get(&doctor->ctl->config) : NULL;
	size_t len;

	if (typed != NULL || known != NULL) {
		asking->site.url = typed != NULL ? typed : known;
		len = strlen(asking->site.url);
		asking->site.url = doctor_text(doctor, "%.*s",
		    (int)(len - (asking->site.url[len > 0 ? len - 1 : 0] == '/')),
		    asking->site.url);
		if (answers(asking))
			return true;
	}
	if (typed != NULL || asking->conf == NULL)
		return false;
	take_local(doctor, asking->conf, &asking->site);
	return answers(asking);
}

/* ---- What it answers */

static void
examine_address(struct asking *asking)
{
	struct doctor *doctor = asking->doctor;
	const int status = asking->plain.status;
	const bool is_ours = web_ask_has_pool(asking, "me")
	    ? is_challenge(doctor, &asking->plain) : status == 200;

	asking->is_ours = is_ours;
	if (is_ours)
		doctor_note(doctor, FINDING_FINE, "address", doctor_text(doctor, "%s answers",
		    asking->site.url), NULL);
	else if (status >= 502 && status <= 504)
		doctor_note(doctor, FINDING_FAULT, "address", doctor_text(doctor,
		    "%s%s: %d: the web server reaches no responder", asking->site.url,
		    asking->probe, status), doctor_text(doctor, "see that they run, and that "
		    "%s names their sockets:\n%s", web_ask_place(asking), doctor_log()));
	else
		doctor_note(doctor, FINDING_FAULT, "address", doctor_text(doctor,
		    "%s%s: %d, and not from bearward", asking->site.url, asking->probe, status),
		    doctor_text(doctor, "see which location answers in place of those of %s: a "
		    "longer path, a pattern or an error page comes first", web_ask_place(asking)));
}

static void
examine_error_pages(struct asking *asking)
{
	static const char *const lines[] = {
		[WEB_NGINX] = "fastcgi_intercept_errors off;",
		[WEB_APACHE] = "ProxyErrorOverride Off",
		[WEB_LIGHTTPD] = "server.error-intercept = \"disable\"",
		[WEB_CADDY] = "handle_errors",
	};
	struct doctor *doctor = asking->doctor;
	const bool is_whole = strncmp(asking->plain.body, "{\"", 2) == 0 &&
	    strstr(asking->plain.body, "\"detail\"") != NULL;

	if (!web_ask_has_pool(asking, "me"))
		return;
	doctor_note(doctor, is_whole ? FINDING_FINE : FINDING_RISK, "error pages",
	    is_whole ? "refusals have the text of bearward"
	    : "the web server has its own text in place of a refusal", doctor_text(doctor,
	    "programs do not find out what is wrong. Change this at %s:\n%s\n%s",
	    web_ask_place(asking), asking->conf == NULL ? "(what replaces error pages)"
	    : lines[asking->conf->server->kind], web_ask_reload(asking)));
}

static void
examine_authorization(struct asking *asking)
{
	static const char *const lines[] = {
		[WEB_NGINX] = ("fastcgi_pass_request_headers on;\n"
		    "fastcgi_param HTTP_AUTHORIZATION $http_authorization;"),
		[WEB_APACHE] = "CGIPassAuth On",
		[WEB_LIGHTTPD] = "(take out what unsets the request header Authorization)",
		[WEB_CADDY] = "(take out: request_header -Authorization)",
	};
	struct doctor *doctor = asking->doctor;
	struct ask_answer answer;
	bool has_arrived;

	ask_site(doctor, &asking->site, &(struct ask){ .path = asking->guarded,
	    .headers = { "Authorization: Bearer bearward-doctor" } }, &answer);
	has_arrived = strstr(ask_header(doctor, &answer, "WWW-Authenticate"),
	    "error=\"invalid_token\"") != NULL;
	doctor_note(doctor, has_arrived ? FINDING_FINE : FINDING_FAULT, "Authorization",
	    has_arrived ? "it arrives, and a bad token is refused" : doctor_text(doctor,
	    "it does not arrive: a bad token at %s is answered %d, as none",
	    asking->guarded, answer.status), doctor_text(doctor,
	    "nobody is signed in with a token. Write this at %s:\n%s\n%s",
	    web_ask_place(asking), asking->conf == NULL ? "CGIPassAuth On"
	    : lines[asking->conf->server->kind], web_ask_reload(asking)));
}

static void
examine_options(struct asking *asking)
{
	struct doctor *doctor = asking->doctor;
	const char *origins = doctor->has_settings ? doctor->ctl->config.allowed_origins : "";
	struct ask_answer answer;

	ask_site(doctor, &asking->site, &(struct ask){ .method = "OPTIONS", .path = "/token",
	    .headers = { "Origin: https://doctor.invalid",
	    "Access-Control-Request-Method: POST" } }, &answer);
	doctor_note(doctor, answer.status == 204 ? FINDING_FINE
	    : *origins != '\0' ? FINDING_FAULT : FINDING_RISK, "OPTIONS",
	    answer.status == 204 ? "it reaches the responders" : doctor_text(doctor,
	    "at /token it is answered %d, and not by bearward", answer.status),
	    doctor_text(doctor, "pages of other origins (allowed_origins) sign nobody in. Let "
	    "OPTIONS pass at %s, as the sample does", web_ask_place(asking)));
}

static void
examine_bodies(struct asking *asking)
{
	static const char *const lines[] = {
		[WEB_NGINX] = "client_max_body_size 16k;", [WEB_APACHE] =
		    ("RewriteCond expr \"%{HTTP:Content-Length} -gt 16384\"\n"
		    "RewriteRule ^ - [R=413,L]"),
		[WEB_LIGHTTPD] = "server.max-request-size = 16",
		[WEB_CADDY] = "request_body { max_size 16KB }",
	};
	struct doctor *doctor = asking->doctor;
	const size_t limit = doctor->has_settings ? (size_t)doctor->ctl->config.body_limit
	    : 16384;
	struct ask_answer large, small;

	ask_site(doctor, &asking->site, &(struct ask){ .method = "POST", .path = "/token",
	    .body_len = limit + 1024 }, &large);
	ask_site(doctor, &asking->site, &(struct ask){ .method = "POST", .path = "/token",
	    .body_len = limit / 2 }, &small);
	if (small.status >= 500)
		doctor_note(doctor, FINDING_UNKNOWN, "body limit", doctor_text(doctor,
		    "/token is answered %d", small.status), "it may be busy: look again later");
	else if (small.status == 413)
		doctor_note(doctor, FINDING_FAULT, "body limit", doctor_text(doctor,
		    "a body of %zu bytes at /token is answered %d", limit / 2, small.status),
		    doctor_text(doctor, "allow as much as bearward does (body_limit) at %s:\n"
		    "%s\n%s", web_ask_place(asking), asking->conf == NULL ? "16 KiB"
		    : lines[asking->conf->server->kind], web_ask_reload(asking)));
	else
		doctor_note(doctor, large.status == 413 ? FINDING_FINE : FINDING_RISK,
		    "body limit", doctor_text(doctor, "a body of %zu bytes is answered %d",
		    limit + 1024, large.status), doctor_text(doctor,
		    "refuse what is larger than body_limit with 413 at %s:\n%s\n%s",
		    web_ask_place(asking), asking->conf == NULL ? "16 KiB"
		    : lines[asking->conf->server->kind], web_ask_reload(asking)));
}

static void
examine_state_files(struct asking *asking)
{
	static const char *const paths[] = { "/bearward.db", "/state/bearward.db" };
	struct doctor *doctor = asking->doctor;
	struct ask_answer answer;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		ask_site(doctor, &asking->site, &(struct ask){ .path = paths[i] }, &answer);
		if (answer.status != 200 || strncmp(answer.body, "SQLite format 3", 15) != 0)
			continue;
		doctor_note(doctor, FINDING_FAULT, "state files", doctor_text(doctor,
		    "anybody can fetch %s%s", asking->site.url, paths[i]),
		    "move it away at once, and change all keys and passwords");
		return;
	}
	if (!doctor->web->serves_state)
		doctor_note(doctor, FINDING_FINE, "state files", "they cannot be fetched", NULL);
}

static void
examine_guarded(struct asking *asking)
{
	struct doctor *doctor = asking->doctor;
	const struct web *web = doctor->web;
	struct ask_answer answer;
	size_t count = 0;

	for (size_t i = 0; i < web->guarded_count; i++) {
		const struct web_guarded *guarded = &web->guarded[i];

		if (*guarded->path == '\0' || (asking->conf != NULL &&
		    guarded->server != asking->conf->server))
			continue;
		count++;
		ask_site(doctor, &asking->site, &(struct ask){ .path = guarded->path }, &answer);
		if (answer.status == 401 || answer.status == 403 || answer.status == 303)
			continue;
		doctor_note(doctor, answer.status < 500 ? FINDING_FAULT : FINDING_RISK,
		    "guarded pages", doctor_text(doctor,
		    "%s is answered %d without a sign-in (%s)", guarded->path, answer.status,
		    tree_place(doctor, guarded->block)), doctor_text(doctor, answer.status < 500
		    ? "anybody reads them. See what comes before the question: another location "
		    "or module, \"Require all granted\", or a page that answers first"
		    : "nobody reads them: bearward was not reached, or a line of its snippets is "
		    "missing:\n%s", doctor_log()));
		return;
	}
	if (count > 0)
		doctor_note(doctor, FINDING_FINE, "guarded pages", doctor_text(doctor,
		    "%zu asked for, none is open", count), NULL);
}

/* ---- All of it */

/* Returns a path at which a token is asked for: an endpoint, or else a guarded page. */
static const char *
find_guarded_path(const struct asking *asking)
{
	const struct web *web = asking->doctor->web;

	if (web_ask_has_pool(asking, "me"))
		return "/users/me/";
	for (size_t i = 0; i < web->guarded_count; i++)
		if (*web->guarded[i].path != '\0' &&
		    web->guarded[i].server == asking->conf->server)
			return web->guarded[i].path;
	return NULL;
}

static void
examine_all(struct asking *asking)
{
	examine_address(asking);
	web_ask_transport(asking);
	if (!asking->is_ours)
		return;
	examine_error_pages(asking);
	if (asking->guarded != NULL)
		examine_authorization(asking);
	if (web_ask_has_pool(asking, "token")) {
		examine_options(asking);
		examine_bodies(asking);
	}
	web_ask_client(asking);
	examine_guarded(asking);
	examine_state_files(asking);
}

void
web_ask(struct doctor *doctor)
{
	struct asking asking = { .doctor = doctor, .conf = web_best_site(doctor),
		.site = { "", "" } };

	if (doctor->web == NULL)
		return;
	asking.guarded = find_guarded_path(&asking);
	asking.probe = web_ask_has_pool(&asking, "me") ? "/users/me/" : "/signin";
	if (!output_has_program("curl"))
		doctor_note(doctor, FINDING_UNKNOWN, "address",
		    "it takes curl to ask through the web server", "install it, and look again:\n"
		    "apt-get install curl");
	else if (choose(&asking))
		examine_all(&asking);
	else
		doctor_note(doctor, FINDING_UNKNOWN, "address", *asking.site.url == '\0'
		    ? "it is not known where to ask" : doctor_text(doctor, "%s: %s",
		    asking.site.url, asking.plain.fault),
		    "name the address that people type:\n"
		    "bearward doctor --url https://www.example.org");
}
