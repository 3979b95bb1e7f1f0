/* ask: asks a site by HTTP, with curl. */
#include "ctl/doctor/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl/doctor/output.h"

enum { BODY_MAX = 1 << 17, WORDS_MAX = 32 };

/* Without the settings and the proxies of whoever types the command. */
#define CURL "curl", "-q", "-s", "-S", "--http1.1", "--max-time", "4", "--noproxy", "*"

static const char *
connect_to(struct doctor *doctor, const struct ask_site *site)
{
	return doctor_text(doctor, "::%s", site->address);
}

/* Returns a form of so many bytes that names nobody, so that no attempt is counted. */
static char *
make_body(struct doctor *doctor, size_t len)
{
	char *body = doctor_keep(doctor, len + 1);

	if (body == NULL)
		return NULL;
	memset(body, 'x', len);
	if (len > 2)
		body[1] = '=';
	return body;
}

static void
take_answer(struct doctor *doctor, const char *text, struct ask_answer *answer)
{
	const char *end = strstr(text, "\r\n\r\n");

	/* A proxy or a large body may have been told to go on first. */
	while (end != NULL && strncmp(text, "HTTP/1.1 100", 12) == 0) {
		text = end + 4;
		end = strstr(text, "\r\n\r\n");
	}
	if (strncmp(text, "HTTP/", 5) != 0 || end == NULL) {
		answer->fault = doctor_text(doctor, "%.*s", (int)strcspn(text, "\n"), text);
		return;
	}
	answer->status = (int)strtol(text + strcspn(text, " "), NULL, 10);
	answer->head = doctor_text(doctor, "%.*s\r\n", (int)(end - text), text);
	answer->body = doctor_text(doctor, "%s", end + 4);
}

void
ask_site(struct doctor *doctor, const struct ask_site *site, const struct ask *ask,
    struct ask_answer *answer)
{
	const char *words[WORDS_MAX] = { CURL, "-i", "-k", "-X",
		ask->method != NULL ? ask->method : "GET", "--path-as-is" };
	const char *body = ask->body_len > 0 ? make_body(doctor, ask->body_len) : "";
	struct output output;
	size_t count = 0;

	*answer = (struct ask_answer){ 0, "", "", "" };
	while (words[count] != NULL)
		count++;
	for (size_t i = 0; i < ASK_HEADERS_MAX && ask->headers[i] != NULL; i++) {
		words[count++] = "-H";
		words[count++] = ask->headers[i];
	}
	if (ask->body_len > 0) {
		words[count++] = "--data-binary";
		words[count++] = "@-";
	}
	if (*site->address != '\0') {
		words[count++] = "--connect-to";
		words[count++] = connect_to(doctor, site);
	}
	words[count++] = doctor_text(doctor, "%s%s", site->url, ask->path);
	output_read(words, body != NULL ? body : "", &output);
	take_answer(doctor, output.text, answer);
	output_free(&output);
}

const char *
ask_header(struct doctor *doctor, const struct ask_answer *answer, const char *name)
{
	const size_t len = strlen(name);

	for (const char *line = answer->head; *line != '\0'; line += strcspn(line, "\n"), line +=
	    *line == '\n')
		if (strncasecmp(line, name, len) == 0 && line[len] == ':')
			return doctor_text(doctor, "%.*s",
			    (int)strcspn(line + len + 1 + strspn(line + len + 1, " "), "\r\n"),
			    line + len + 1 + strspn(line + len + 1, " "));
	return "";
}

/* "Expire date:Nov 26 12:00:00 2027 GMT" */
static long
read_days(const char *text)
{
	const char *at = strstr(text, "Expire date:");
	struct tm parts = {0};

	if (at == NULL || strptime(at + 12, "%b %d %H:%M:%S %Y", &parts) == NULL)
		return -1;
	return (long)(timegm(&parts) - time(NULL)) / 86400;
}

const char *
ask_certificate(struct doctor *doctor, const struct ask_site *site, long *days)
{
	const char *words[WORDS_MAX] = { CURL, "-o", "/dev/null", "-w", "%{certs}" };
	const char *fault = "";
	struct output output;
	size_t count = 0;

	while (words[count] != NULL)
		count++;
	if (*site->address != '\0') {
		words[count++] = "--connect-to";
		words[count++] = connect_to(doctor, site);
	}
	words[count] = doctor_text(doctor, "%s/", site->url);
	output_read(words, "", &output);
	if (!output.is_done)
		fault = doctor_text(doctor, "%.*s", (int)strcspn(output.text, "\n"), output.text);
	output_free(&output);
	/* One that is refused has its days all the same. */
	words[count + 1] = "-k";
	output_read(words, "", &output);
	*days = read_days(output.text);
	output_free(&output);
	return fault;
}
