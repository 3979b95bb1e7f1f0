/* web_transport: doctor: whether passwords cross a network in the clear, and the certificate. */
#include <string.h>

#include "base/network.h"
#include "ctl/doctor/web_ask.h"

enum { FEW_DAYS = 14 };

/* Returns the host of a URL, without its port. */
static const char *
host_of(struct doctor *doctor, const char *url)
{
	const char *begin = strstr(url, "://");

	begin = begin == NULL ? url : begin + 3;
	return *begin == '[' ? doctor_text(doctor, "%.*s", (int)strcspn(begin, "]") - 1, begin + 1)
	    : doctor_text(doctor, "%.*s", (int)strcspn(begin, ":/"), begin);
}

static bool
is_this_host(const char *host)
{
	return strcmp(host, "localhost") == 0 || network_is_loopback(host);
}

static const char *
advise(const struct asking *asking)
{
	static const char *const lines[] = {
		[WEB_NGINX] = "listen 443 ssl;\nssl_certificate ...;\nssl_certificate_key ...;\n"
		    "and in the server of port 80, in place of the locations:\n"
		    "return 301 https://$host$request_uri;",
		[WEB_APACHE] = "SSLEngine on\nSSLCertificateFile ...\nand in the virtual host of "
		    "port 80:\nRedirect permanent / https://www.example.org/",
		[WEB_LIGHTTPD] = "ssl.engine = \"enable\"\nssl.pemfile = \"...\"\n"
		    "and for port 80:\nurl.redirect = ( \"\" => \"https://${url.authority}"
		    "${url.path}${qsa}\" )",
		[WEB_CADDY] = "www.example.org {",
	};

	return doctor_text(asking->doctor, "passwords and tokens cross the network in the clear. "
	    "Use TLS at %s, and redirect what comes without:\n%s\n%s", web_ask_place(asking),
	    asking->conf == NULL ? "(a certificate)" : lines[asking->conf->server->kind],
	    web_ask_reload(asking));
}

/* Returns another site that leads a client elsewhere to the responders, without TLS; or NULL. */
static const struct web_site *
find_open_site(const struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->web->site_count; i++)
		if (!doctor->web->sites[i].is_tls && !is_this_host(doctor->web->sites[i].host))
			return &doctor->web->sites[i];
	return NULL;
}

/* Asks the same without TLS. */
static bool
answers_in_the_clear(struct asking *asking, const char *host)
{
	struct ask_site plain = { doctor_text(asking->doctor, "http://%s", host), "" };
	struct ask_answer answer;

	if (*asking->site.address != '\0')
		plain.address = doctor_text(asking->doctor, "%s:80", host_of(asking->doctor,
		    asking->site.address));
	ask_site(asking->doctor, &plain, &(struct ask){ .path = asking->probe }, &answer);
	return answer.status == asking->plain.status &&
	    strcmp(answer.body, asking->plain.body) == 0;
}

static void
examine_https(struct asking *asking, bool is_tls, const char *host)
{
	struct doctor *doctor = asking->doctor;
	const struct web_site *open = find_open_site(doctor);

	if (!is_tls && !is_this_host(host))
		doctor_note(doctor, FINDING_FAULT, "https", doctor_text(doctor,
		    "%s answers without TLS", asking->site.url), advise(asking));
	else if (is_tls && answers_in_the_clear(asking, host))
		doctor_note(doctor, FINDING_FAULT, "https", doctor_text(doctor,
		    "http://%s%s answers as well", host, asking->probe), advise(asking));
	else if (open != NULL)
		/* Perhaps none but a proxy with TLS reaches it. */
		doctor_note(doctor, is_tls ? FINDING_RISK : FINDING_FAULT, "https",
		    doctor_text(doctor, "%s leads to the responders without TLS",
		    tree_place(doctor, open->line)), advise(asking));
	else
		doctor_note(doctor, FINDING_FINE, "https", is_tls ? "and nothing without it"
		    : "not needed: only this machine can ask", NULL);
}

static void
examine_certificate(struct asking *asking)
{
	struct doctor *doctor = asking->doctor;
	long days;
	const char *fault = ask_certificate(doctor, &asking->site, &days);

	if (*fault != '\0')
		doctor_note(doctor, FINDING_FAULT, "certificate", fault,
		    "browsers warn people away, and programs refuse. Get one for this name:\n"
		    "apt-get install certbot\ncertbot certonly");
	else if (days < 0)
		doctor_note(doctor, FINDING_UNKNOWN, "certificate",
		    "good, and this curl does not tell for how long", "look yourself:\n"
		    "openssl s_client -connect HOST:443 </dev/null |\n"
		    "    openssl x509 -noout -enddate");
	else
		doctor_note(doctor, days < FEW_DAYS ? FINDING_RISK : FINDING_FINE, "certificate",
		    doctor_text(doctor, "good for %ld days", days),
		    "see why it has not been renewed:\ncertbot renew --dry-run");
}

void
web_ask_transport(struct asking *asking)
{
	const bool is_tls = strncmp(asking->site.url, "https://", 8) == 0;

	examine_https(asking, is_tls, host_of(asking->doctor, asking->site.url));
	if (is_tls)
		examine_certificate(asking);
}
