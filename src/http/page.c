/* page: answers with a page for people, in their language. */
#include "http/page.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "http/answer.h"
#include "http/page_root.h"

enum { RETURN_MAX = 2048, MAX_AGE = 300, ADDED_MAX = 32, PHRASE_LENGTH = 15 };

/* What page_reply() adds to the values of its caller. */
struct added {
	char root[PAGE_ROOT_SIZE];
	char return_query[sizeof("?return=") + 3 * RETURN_MAX];
	char min_length[24];
	char wait[24];
	struct page_value list[PAGE_VALUES_MAX + ADDED_MAX];	/* and one that ends it */
	size_t count;
};

static void
add(struct added *added, const char *name, const char *text)
{
	added->list[added->count++] = (struct page_value){ .name = name, .text = text };
}

static const char *
find_text(const struct page_value *values, const char *name)
{
	for (; values->name != NULL; values++)
		if (strcmp(values->name, name) == 0)
			return values->word != NULL ? values->word
			    : values->text != NULL ? values->text : "";
	return "";
}

static bool
has(const struct added *added, const char *name)
{
	return *find_text(added->list, name) != '\0';
}

static void
add_return_query(struct added *added, const char *address)
{
	char encoded[3 * RETURN_MAX + 1];

	if (*address == '\0' || !text_encode_percent(address, "", encoded, sizeof(encoded)))
		return;
	snprintf(added->return_query, sizeof(added->return_query), "?return=%s", encoded);
	add(added, "return_query", added->return_query);
}

/* Nobody counts 300 seconds. */
static void
add_wait(struct added *added, long seconds)
{
	const bool is_long = seconds >= 120;
	const long count = is_long ? (seconds + 59) / 60 : seconds;

	if (seconds <= 0)
		return;
	snprintf(added->wait, sizeof(added->wait), "%ld", count);
	add(added, is_long ? "minutes" : count == 1 ? "second" : "seconds", added->wait);
}

static void
add_values(struct added *added, const struct context *context, const struct request *request,
    const struct page_value *values)
{
	const struct config *config = context->service->config;

	for (; values->name != NULL && added->count < PAGE_VALUES_MAX; values++)
		added->list[added->count++] = *values;
	page_root_find(request->wire, added->root);
	add(added, "root",
	    context->service->root != NULL ? context->service->root : added->root);
	add_return_query(added, find_text(added->list, "return"));
	snprintf(added->min_length, sizeof(added->min_length), "%ld", config->password_min_length);
	add(added, "min_length", added->min_length);
	if (config->password_min_length < PHRASE_LENGTH)
		add(added, "min_is_low", "1");
	if (config->registration == REGISTRATION_OPEN)
		add(added, "may_register", "1");
	if (*config->notify != '\0')
		add(added, "may_ask_link", "1");
}

static bool
has_fault(const struct added *added)
{
	static const char end[] = "_fault";

	for (size_t i = 0; i < added->count; i++) {
		const char *name = added->list[i].name;
		const size_t len = strlen(name);

		if (len >= sizeof(end) && strcmp(name + len - (sizeof(end) - 1), end) == 0)
			return true;
	}
	return false;
}

/* What follows from the other values. */
static void
add_consequences(struct added *added)
{
	if (has(added, "error") || has_fault(added))
		add(added, "problem", "1");
	if (has(added, "username") && !has(added, "username_fault"))
		add(added, "focus_password", "1");
}

/* Writes the page with all values into the reply, which has its status and other headers. */
static enum err
put_page(struct reply *reply, const struct context *context, const struct request *request,
    const char *name, struct added *added)
{
	const struct pages *pages = context->service->pages;
	char *html;		/* owned, then taken by the reply */
	enum err err;

	if (pages == NULL)
		return ERR_INTERNAL;
	add_consequences(added);
	err = pages_render(pages, name, wire_get_param(request->wire, "HTTP_ACCEPT_LANGUAGE"),
	    added->list, &html);
	return err == ERR_OK ? reply_page(reply, reply->status, html) : err;
}

enum err
page_reply(struct reply *reply, const struct context *context, const struct request *request,
    int status, const char *name, const struct page_value *values)
{
	struct added added = {0};

	add_values(&added, context, request, values);
	add_wait(&added, context->retry_after);
	reply->status = status;
	return put_page(reply, context, request, name, &added);
}

/* ---- Refusals */

/* What people are told about each error, and what the page "error" is called then. */
static const struct {
	enum err err;
	const char *word, *title;
} refusals[] = {
	{ ERR_CREDENTIALS, "wrong_credentials", "title_401" },
	{ ERR_NO_TOKEN, "not_signed_in", "title_401" },
	{ ERR_TOKEN, "not_signed_in", "title_401" },
	{ ERR_INACTIVE, "not_signed_in", "title_401" },
	{ ERR_FORBIDDEN, "forbidden", "title_403" },
	{ ERR_GROUP, "forbidden", "title_403" },
	{ ERR_CROSS_SITE, "cross_site", "title_403" },
	{ ERR_STALE, "not_signed_in", "title_401" },
	{ ERR_NOT_FOUND, "not_found", "title_404" },
	{ ERR_METHOD, "wrong_method", "title_error" },
	{ ERR_TOO_LARGE, "too_large", "title_error" },
	{ ERR_NAME_TAKEN, "name_taken", "title_error" },
	{ ERR_NO_SESSION, "session_gone", "title_404" },
	{ ERR_IN_USE, "account_in_use", "title_error" },
	{ ERR_REGISTRATION_CLOSED, "registration_closed", "title_403" },
	{ ERR_INVITATION_ONLY, "invitation_only", "title_403" },
	{ ERR_LINK, "link_is_over", "title_link_over" },
	{ ERR_ATTEMPTS, "too_many_attempts", "title_429" },
	{ ERR_OVERLOADED, "busy", "title_503" },
	{ ERR_STORAGE, "busy", "title_503" },
	{ ERR_MEMORY, "busy", "title_503" },
	{ ERR_CONFLICT, "busy", "title_503" },
	{ ERR_SETUP, "failed", "title_503" },
	{ ERR_INTERNAL, "failed", "title_error" },
};

static void
add_word(struct added *added, const char *name, const char *word)
{
	added->list[added->count++] = (struct page_value){ .name = name, .word = word };
}

static void
add_refusal(struct added *added, const char *name, enum err refused)
{
	const char *word = "odd_request", *title = "title_error";

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (refusals[i].err == refused) {
			word = refusals[i].word;
			title = refusals[i].title;
		}
	/* Faults of fields say more. */
	if (refused == ERR_WRONG_PASSWORD)
		add_word(added, "current_password_fault", "current_password_wrong");
	else if (refused != ERR_FIELDS && refused != ERR_MISSING)
		add_word(added, "error", word);
	/* A form keeps its own title. */
	if (strcmp(name, "error") == 0)
		add_word(added, "title", title);
}

/* What people are told about a fault of a field; message NULL: whatever its message is. */
static const struct {
	const char *type, *field, *message, *word;
} told[] = {
	{ "missing", "username", NULL, "name_missing" },
	{ "missing", "password", NULL, "password_missing" },
	{ "string_too_short", "username", NULL, "name_missing" },
	{ "string_too_short", "password", NULL, "password_short" },
	{ "string_too_long", "username", NULL, "name_long" },
	{ "string_too_long", "password", NULL, "password_long" },
	{ "value_error", "username", "Username is reserved", "name_reserved" },
	{ "value_error", "username", "Username cannot have ", "name_characters" },
	{ "value_error", "username", "Username is only dots", "name_dots" },
	{ "value_error", "password", "Password cannot have ", "password_characters" },
	{ "value_error", "password", "Password is the username", "password_is_name" },
	{ "value_error", "password", "Password is too common", "password_common" },
	{ "value_error", "email", NULL, "email_invalid" },
	{ "value_error", "display_name", "The display name is longer", "display_name_long" },
	{ "value_error", "display_name", NULL, "display_name_invalid" },
	{ "value_error", "", NULL, "profile_taken" },
	{ "value_error", "state_dir", "It must be a whole path", "place_form" },
	{ "value_error", "state_dir", "The web server", "place_served" },
	{ "value_error", "state_dir", "The directory is there", "place_taken" },
	{ "value_error", "state_dir", NULL, "place_fails" },
	{ "value_error", "address", "It must be an address", "address_form" },
	{ "value_error", "address", NULL, "address_http" },
};

/* The fields of forms ("": several), what a fault of each is called, and as which it is told. */
static const struct field {
	const char *name, *fault, *as;
} fields[] = {
	{ "username", "username_fault", "username" },
	{ "password", "password_fault", "password" },
	{ "new_password", "new_password_fault", "password" },
	{ "current_password", "current_password_fault", "password" },
	{ "email", "email_fault", "email" },
	{ "display_name", "display_name_fault", "display_name" },
	{ "state_dir", "state_dir_fault", "state_dir" },
	{ "address", "address_fault", "address" },
	{ "", "error", "" },
};

enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };

static const char *
find_told(const struct fault *fault, const char *as)
{
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		if (strcmp(told[i].type, fault->type) == 0 &&
		    strcmp(told[i].field, as) == 0 && (told[i].message == NULL ||
		    strncmp(told[i].message, fault->message, strlen(told[i].message)) == 0))
			return told[i].word;
	return NULL;
}

static void
add_fault(struct added *added, const struct fault *fault)
{
	const char *name = fault->field != NULL ? fault->field : "";
	const char *refused = strstr(fault->message, "cannot have ");

	for (const struct field *field = fields; field < fields + FIELDS; field++)
		if (strcmp(field->name, name) == 0)
			added->list[added->count++] = (struct page_value){
				.name = field->fault, .text = fault->message,
				.word = find_told(fault, field->as) };
	/* Which character it is, in English; that of a password is never told. */
	if (strcmp(name, "username") == 0 && refused != NULL)
		add(added, "refused", refused + strlen("cannot have "));
}

static void
add_faults(struct added *added, const struct faults *faults)
{
	for (size_t i = 0; i < faults->count; i++)
		add_fault(added, &faults->list[i]);
}

enum err
page_refuse(struct reply *reply, const struct context *context, const struct request *request,
    enum err refused, const char *name, const struct page_value *values)
{
	const struct answer answer = answer_of(refused, reply->config->dialect);
	struct added added = {0};

	reply_fail(reply, context, refused);
	if (context->service->pages == NULL)
		return ERR_OK;
	add_values(&added, context, request, values);
	add_faults(&added, &context->faults);
	add_refusal(&added, name, refused);
	add_wait(&added, context->retry_after > 0 ? context->retry_after : answer.retry_after);
	return put_page(reply, context, request, name, &added);
}

/* ---- What pages load */

static enum err
reply_file(const struct context *context, const struct request *request, struct reply *reply,
    enum pages_file file, const char *media)
{
	if (context->service->pages == NULL)
		return ERR_NOT_FOUND;
	return reply_document(reply, wire_get_param(request->wire, "HTTP_IF_NONE_MATCH"), media,
	    pages_get_file(context->service->pages, file), MAX_AGE);
}

enum err
page_style(struct context *context, const struct request *request, struct reply *reply)
{
	return reply_file(context, request, reply, PAGES_STYLE, "text/css; charset=utf-8");
}

enum err
page_script(struct context *context, const struct request *request, struct reply *reply)
{
	return reply_file(context, request, reply, PAGES_SCRIPT, "text/javascript; charset=utf-8");
}

enum err
page_mark(struct context *context, const struct request *request, struct reply *reply)
{
	/* Opened by itself it is a document, and a site's own may have a style in it. */
	if (!reply_header(reply, "Content-Security-Policy",
	    "default-src 'none'; style-src 'unsafe-inline'; sandbox"))
		return ERR_INTERNAL;
	return reply_file(context, request, reply, PAGES_MARK, "image/svg+xml");
}
