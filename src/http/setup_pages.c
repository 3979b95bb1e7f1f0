/* setup_pages: sets bearward up in a browser, on a host without a shell. */
#include "http/setup_pages.h"

#include <ctype.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "account/setup.h"
#include "account/setup_proof.h"
#include "base/secret.h"
#include "http/navigation.h"
#include "http/page.h"

enum { ADDRESS_SIZE = 512 };

/* What a request is about, with what stands in the form when nothing was typed yet. */
struct asked {
	struct setup setup;
	const char *code;		/* borrowed, secret; NULL: none that may be one */
	char directory[PATH_MAX];
	char state_dir[PATH_MAX];
	char address[ADDRESS_SIZE];
};

/* ---- What is asked */

/* Where the pages are: what a person has typed, without what leads to this program. */
static void
suggest_address(const struct wire *wire, char address[ADDRESS_SIZE])
{
	static const char end[] = "/sign-in/setup.cgi";
	const char *path = wire_get_param(wire, "SCRIPT_NAME");
	const char *own = strstr(path, end);
	char *c;

	snprintf(address, ADDRESS_SIZE, "%s://%s", navigation_scheme(wire),
	    wire_get_param(wire, "HTTP_HOST"));
	for (c = address; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	if (own != NULL && own[sizeof(end) - 1] == '\0')
		snprintf(c, ADDRESS_SIZE - (size_t)(c - address), "%.*s", (int)(own - path), path);
}

static const char *
find_or(const struct form *form, const char *name, const char *other)
{
	const char *value = form_find(form, name);

	return value != NULL ? value : other;
}

static void
read_asked(const struct context *context, const struct request *request, struct asked *asked)
{
	const struct form *form = &request->form;
	struct setup *setup = &asked->setup;

	*asked = (struct asked){0};
	snprintf(asked->directory, sizeof(asked->directory), "%s", context->service->config->path);
	setup->directory = dirname(asked->directory);
	setup->served[0] = wire_get_param(request->wire, "DOCUMENT_ROOT");
	setup->served[1] = wire_get_param(request->wire, "CONTEXT_DOCUMENT_ROOT");
	setup_suggest_state_dir(setup, asked->state_dir);
	suggest_address(request->wire, asked->address);
	if (request->method != METHOD_POST)
		return;
	setup->state_dir = find_or(form, "state_dir", asked->state_dir);
	setup->address = find_or(form, "address", asked->address);
	setup->is_open = form_find(form, "open") != NULL;
	setup->credentials.username = form_find(form, "username");
	setup->credentials.password = form_find(form, "password");
	if (setup_proof_is_code(form_find(form, "code")))
		asked->code = form_find(form, "code");
}

static bool
is_proved(const struct context *context, const struct asked *asked)
{
	const int directory = open(asked->setup.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool is_proved = false;

	if (directory < 0)
		return false;
	is_proved = setup_proof_holds(directory, asked->code, context->now);
	(void)close(directory);
	return is_proved;
}

/* ---- The proof */

/* A page keeps its code when the proof is missing: the file may be on its way. */
static enum err
reply_proof(struct context *context, const struct request *request, const char *code, int status,
    struct reply *reply)
{
	char drawn[SETUP_PROOF_CODE_SIZE] = "", digest[SETUP_PROOF_DIGEST_SIZE];
	enum err err = code == NULL ? setup_proof_draw(drawn) : ERR_OK;

	if (code == NULL)
		code = drawn;
	if (err == ERR_OK)
		err = setup_proof_digest(code, digest);
	if (err == ERR_OK)
		err = page_reply(reply, context, request, status, "setup_proof",
		    (const struct page_value[]){
			{ .name = "code", .text = code }, { .name = "digest", .text = digest },
			{ .name = "error", .word = status == 200 ? NULL : "setup_proof_missing" },
			{0},
		    });
	secret_wipe(drawn, sizeof(drawn));
	return err;
}

static enum err
reply_file(const char *code, struct reply *reply)
{
	char digest[SETUP_PROOF_DIGEST_SIZE];
	enum err err = setup_proof_digest(code, digest);

	if (err == ERR_OK)
		err = reply_set_body(reply, "text/plain; charset=utf-8", strdup(digest));
	if (err != ERR_OK)
		return err;
	return reply_header(reply, "Content-Disposition",
	    "attachment; filename=" SETUP_PROOF_FILE) ? ERR_OK : ERR_INTERNAL;
}

/* ---- The form */

static enum err
reply_form(struct context *context, const struct request *request, const struct asked *asked,
    enum err refused, struct reply *reply)
{
	const struct setup *setup = &asked->setup;
	const bool is_host = refused == ERR_SETUP || refused == ERR_STORAGE;
	const struct page_value values[] = {
		{ .name = "code", .text = asked->code },
		{ .name = "state_dir", .text = setup->state_dir },
		{ .name = "address", .text = setup->address },
		{ .name = "username", .text = setup->credentials.username },
		{ .name = "is_open", .text = setup->is_open ? "1" : "" },
		{ .name = "insecure",
		  .text = strcmp(navigation_scheme(request->wire), "https") == 0 ? "" : "1" },
		{ .name = is_host ? "error" : NULL, .word = "setup_host_fails" },
		{0},
	};

	if (refused == ERR_OK)
		return page_reply(reply, context, request, 200, "setup", values);
	return page_refuse(reply, context, request, refused, "setup", values);
}

/* The program that answers is gone when the page loads its style. */
static enum err
reply_done(struct context *context, const struct request *request, const struct setup *setup,
    struct reply *reply)
{
	const struct page_value values[] = {
		{ .name = "root", .text = "../" },
		{ .name = "username", .text = setup->credentials.username },
		{ .name = "state_dir", .text = setup->state_dir },
		{0},
	};

	return page_reply(reply, context, request, 200, "setup_done", values);
}

static enum err
require(struct context *context, const char *name, const char *value)
{
	return value != NULL ? ERR_OK
	    : faults_add(&context->faults, "missing", name, "Field required");
}

static enum err
make(struct context *context, const struct request *request, const struct asked *asked,
    struct reply *reply)
{
	const struct credentials *typed = &asked->setup.credentials;
	enum err err = require(context, "username", typed->username);

	if (require(context, "password", typed->password) != ERR_OK)
		err = ERR_FIELDS;
	if (err == ERR_OK)
		err = setup_make(context, &asked->setup, asked->code);
	if (err == ERR_OK)
		return reply_done(context, request, &asked->setup, reply);
	if (err == ERR_REFUSED)
		return reply_proof(context, request, asked->code, 403, reply);
	return err == ERR_NOT_FOUND ? err : reply_form(context, request, asked, err, reply);
}

static enum err
answer_post(struct context *context, const struct request *request, struct asked *asked,
    struct reply *reply)
{
	const char *what = find_or(&request->form, "do", "");

	if (!navigation_is_same_origin(request->wire, ""))
		return ERR_CROSS_SITE;
	if (asked->code != NULL && strcmp(what, "file") == 0)
		return reply_file(asked->code, reply);
	if (!is_proved(context, asked))
		return reply_proof(context, request, asked->code, 403, reply);
	if (strcmp(what, "make") == 0)
		return make(context, request, asked, reply);
	return reply_form(context, request, asked, ERR_OK, reply);
}

enum err
setup_pages_answer(struct context *context, const struct request *request, struct reply *reply)
{
	static const char *const secrets[] = { "code", "password", NULL };
	struct asked asked;
	enum err err;

	if (setup_is_over(context->service->config))
		return ERR_NOT_FOUND;
	if ((err = request_check_query(request, secrets)) != ERR_OK)
		return err;
	read_asked(context, request, &asked);
	if (request->method != METHOD_POST)
		return reply_proof(context, request, NULL, 200, reply);
	return answer_post(context, request, &asked, reply);
}
