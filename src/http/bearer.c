/* request_bearer: the bearer token of a request, and what the web server demands of it. */
#include "http/request.h"

#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "text/scope.h"

/* b64token of RFC 6750, section 2.1, and nothing after it. */
static bool
is_b64token(const char *text)
{
	size_t len = strspn(text,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/");

	return len > 0 && text[len + strspn(text + len, "=")] == '\0';
}

enum err
request_bearer_of_header(const struct request *request, const char **jwt)
{
	static const char scheme[] = "Bearer";
	const size_t scheme_len = sizeof(scheme) - 1;
	int count;
	const char *header = wire_find_param(request->wire, "HTTP_AUTHORIZATION", &count);

	/* Apache hands the header on under this name after a rewrite. */
	if (header == NULL)
		header = wire_find_param(request->wire, "REDIRECT_HTTP_AUTHORIZATION", &count);
	if (count > 1)
		return ERR_AUTHORIZATION;
	if (header == NULL || strncasecmp(header, scheme, scheme_len) != 0)
		return header != NULL && strcasestr(header, ", Bearer ") ? ERR_AUTHORIZATION
									 : ERR_NO_TOKEN;
	if (header[scheme_len] != ' ' && header[scheme_len] != '\0')
		return ERR_NO_TOKEN;
	/* Two headers, joined by the web server. */
	if (strchr(header, ',') != NULL)
		return ERR_AUTHORIZATION;
	*jwt = header + scheme_len + strspn(header + scheme_len, " ");
	return is_b64token(*jwt) ? ERR_OK : ERR_TOKEN;
}

enum err
request_bearer(const struct request *request, const char **jwt)
{
	static const char *const token_names[] = { "access_token", NULL };
	const enum err header = request_bearer_of_header(request, jwt);
	bool in_query = false;
	enum err err;

	/* A token that stands in the query alone is none; beside another it is one too many. */
	if (header != ERR_OK && header != ERR_TOKEN)
		return header;
	if ((err = wire_query_has(request->wire, token_names, &in_query)) != ERR_OK)
		return err;
	return in_query ? ERR_AUTHORIZATION : header;
}

static enum err
refuse_requirement(const char *parameter, const char *reason)
{
	log_event(LEVEL_ERROR, "cannot use what the web server demands",
	    LOG_TEXT("parameter", parameter), LOG_TEXT("reason", reason));
	return ERR_SETUP;
}

enum err
request_requirements(const struct request *request, struct requirements *requirements)
{
	static const char prefix[] = "REQUIRED_";
	const struct {
		const char *name;
		const char **value;
	} known[] = { { "REQUIRED_SCOPE", &requirements->scope }, { "REQUIRED_AUD", &requirements->audience } };
	int all = 0, count;

	for (char *const *param = request->wire->params; *param != NULL; param++)
		all += strncmp(*param, prefix, sizeof(prefix) - 1) == 0;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const char *value = wire_find_param(request->wire, known[i].name, &count);

		if (count > 1)
			return refuse_requirement(known[i].name, "given more than once");
		/* Filled from a variable, perhaps, that is not what it was thought to be. */
		if (value != NULL && *value == '\0')
			return refuse_requirement(known[i].name, "empty; leave it out for no demand");
		*known[i].value = value == NULL ? "" : value;
		all -= count;
	}
	if (all != 0)
		return refuse_requirement("REQUIRED_*",
		    "only REQUIRED_SCOPE and REQUIRED_AUD are known");
	if (!scope_is_valid(requirements->scope))
		return refuse_requirement("REQUIRED_SCOPE", "not scopes separated by single spaces");
	return ERR_OK;
}
