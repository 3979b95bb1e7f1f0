/* web_client: doctor: whom bearward takes for the client, and what only this host may ask. */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

#include "base/network.h"
#include "config/public_url.h"
#include "ctl/doctor/web_ask.h"

/* Finds an address of this host at which another one could ask; "": there is none. */
static const char *
find_own_address(struct doctor *doctor)
{
	struct ifaddrs *list = NULL;	/* owned */
	char text[INET_ADDRSTRLEN] = "";

	if (getifaddrs(&list) != 0)
		return "";
	for (const struct ifaddrs *at = list; at != NULL && *text == '\0'; at = at->ifa_next) {
		const struct sockaddr_in *address = (const void *)at->ifa_addr;

		if (address == NULL || address->sin_family != AF_INET ||
		    (at->ifa_flags & IFF_UP) == 0)
			continue;
		(void)inet_ntop(AF_INET, &address->sin_addr, text, sizeof(text));
		if (network_is_loopback(text) || strncmp(text, "169.254.", 8) == 0)
			*text = '\0';
	}
	freeifaddrs(list);
	return doctor_text(doctor, "%s", text);
}

static bool
listens_here_alone(const struct asking *asking)
{
	return asking->conf != NULL && (network_is_loopback(asking->conf->host) ||
	    strcmp(asking->conf->host, "localhost") == 0);
}

/* Whether the settings say that people come from elsewhere. */
static bool
is_meant_for_others(const struct asking *asking)
{
	const char *url = asking->doctor->has_settings
	    ? public_url_get(&asking->doctor->ctl->config) : NULL;
	const char *host = url == NULL ? NULL : strstr(url, "://");

	return host != NULL && strncmp(host, "://127.", 7) != 0 &&
	    strncmp(host, "://localhost", 12) != 0 && strncmp(host, "://[::1]", 8) != 0;
}

/* Returns the line that has the address of the client taken from a header; or NULL. */
static const struct tree *
find_header_line(const struct asking *asking)
{
	static const char *const names[] = {
		[WEB_NGINX] = "set_real_ip_from", [WEB_APACHE] = "RemoteIPHeader",
		[WEB_LIGHTTPD] = "extforward.forwarder", [WEB_CADDY] = "trusted_proxies",
	};

	return asking->conf == NULL ? NULL : tree_find_around(asking->conf->block,
	    names[asking->conf->server->kind]);
}

static const char *
advise_proxy(const struct asking *asking)
{
	static const char *const lines[] = {
		[WEB_NGINX] = "set_real_ip_from 127.0.0.1;\nreal_ip_header X-Forwarded-For;",
		[WEB_APACHE] = "RemoteIPInternalProxy 127.0.0.1\nRemoteIPHeader X-Forwarded-For",
		[WEB_LIGHTTPD] = ("extforward.forwarder = ( \"127.0.0.1\" => \"trust\" )\n"
		    "extforward.headers = ( \"X-Forwarded-For\" )"),
		[WEB_CADDY] = "127.0.0.1 {http.request.header.X-Forwarded-For}",
	};

	return doctor_text(asking->doctor, "one who guesses uses up everybody's attempts, and "
	    "/metrics is open to all. Name the proxy at %s, if it writes the header anew:\n%s\n%s",
	    web_ask_place(asking), asking->conf == NULL ? "set_real_ip_from 127.0.0.1;"
	    : lines[asking->conf->server->kind], web_ask_reload(asking));
}

/* Asks as a client that connects to another address of this host than 127.0.0.1. */
static void
ask_from(struct asking *asking, const char *own, const char *path, const char *header,
    struct ask_answer *answer)
{
	const char *port = asking->conf != NULL ? asking->conf->port
	    : strncmp(asking->site.url, "https", 5) == 0 ? "443" : "80";
	const struct ask_site site = { asking->site.url, doctor_text(asking->doctor, "%s:%s", own,
	    port) };

	ask_site(asking->doctor, &site, &(struct ask){ .path = path, .headers = { header } },
	    answer);
}

/* bearward tells what is ready to this host alone; so it shows for whom it takes a client. */
static bool
was_taken_for_local(const struct ask_answer *answer)
{
	return strstr(answer->body, "\"storage\"") != NULL;
}

static void
examine_address(struct asking *asking, const char *own)
{
	struct doctor *doctor = asking->doctor;
	const struct tree *line = find_header_line(asking);
	struct ask_answer answer, forged;

	if (listens_here_alone(asking) && is_meant_for_others(asking) && line == NULL) {
		doctor_note(doctor, FINDING_FAULT, "client address",
		    "all clients are 127.0.0.1: a proxy stands in front", advise_proxy(asking));
		return;
	}
	if (listens_here_alone(asking) || *own == '\0') {
		doctor_note(doctor, FINDING_FINE, "client address", line != NULL
		    ? doctor_text(doctor, "as the proxy says that %s names", tree_place(doctor,
		    line)) : "only this machine can ask", NULL);
		return;
	}
	ask_from(asking, own, "/health/ready", NULL, &answer);
	ask_from(asking, own, "/health/ready", "X-Forwarded-For: 127.0.0.1", &forged);
	if (answer.status != 200 && answer.status != 503)
		doctor_note(doctor, FINDING_UNKNOWN, "client address",
		    "the site does not lead to /health/ready, which would tell",
		    "see whether the addresses of the last sign-ins differ:\n"
		    "bearward session list");
	else if (was_taken_for_local(&answer))
		doctor_note(doctor, FINDING_FAULT, "client address", doctor_text(doctor,
		    "%s is taken for this machine: a proxy stands in front", own),
		    advise_proxy(asking));
	else if (was_taken_for_local(&forged))
		doctor_note(doctor, FINDING_FAULT, "client address",
		    "any client can claim any address, by X-Forwarded-For", doctor_text(doctor,
		    "name the addresses of proxies alone%s%s", line != NULL ? ", at " : "",
		    line != NULL ? tree_place(doctor, line) : ""));
	else
		doctor_note(doctor, FINDING_FINE, "client address", "the client's own", NULL);
}

static void
examine_metrics(struct asking *asking, const char *own)
{
	static const char *const lines[] = {
		[WEB_NGINX] = "allow 127.0.0.1;\nallow ::1;\ndeny all;",
		[WEB_APACHE] = "<LocationMatch \"^/metrics/?$\">\n	Require ip 127.0.0.1 ::1\n"
		    "</LocationMatch>",
		[WEB_LIGHTTPD] = "$HTTP[\"remoteip\"] !~ \"^(127\\.0\\.0\\.1|::1)$\" {\n"
		    "	url.access-deny = ( \"\" )\n}",
		[WEB_CADDY] = "@elsewhere {\n	path_regexp ^/metrics/?$\n"
		    "	expression !({client} in [\"127.0.0.1\", \"::1\"])\n}\n"
		    "handle @elsewhere {\n	error 403\n}",
	};
	struct doctor *doctor = asking->doctor;
	struct ask_answer answer = {0};
	bool is_open;

	if (!doctor->has_settings || !doctor->ctl->config.metrics) {
		doctor_note(doctor, FINDING_FINE, "metrics", "not told", NULL);
		return;
	}
	if (*own != '\0' && !listens_here_alone(asking)) {
		ask_from(asking, own, "/metrics", NULL, &answer);
		if (answer.status != 200)
			ask_from(asking, own, "/metrics", "X-Forwarded-For: 127.0.0.1", &answer);
	}
	is_open = answer.status == 200;
	doctor_note(doctor, is_open ? FINDING_FAULT : FINDING_FINE, "metrics", is_open
	    ? "anybody can read /metrics" : "told to this machine alone", doctor_text(doctor,
	    "they tell how many users there are, and what they do. Close them at %s:\n%s\n%s",
	    web_ask_place(asking), asking->conf == NULL ? "/metrics"
	    : lines[asking->conf->server->kind], web_ask_reload(asking)));
}

void
web_ask_client(struct asking *asking)
{
	const char *own = find_own_address(asking->doctor);

	examine_address(asking, own);
	examine_metrics(asking, own);
}
