/* bearer: finds the bearer token of a request. */
#include "http/bearer.h"

#include <string.h>
#include <strings.h>

/* b64token of RFC 6750, section 2.1, and nothing after it. */
static bool
is_b64token(const char *text)
{
	size_t len = strspn(text,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/");

	return len > 0 && text[len + strspn(text + len, "=")] == '\0';
}

enum err
bearer_of_header(const struct request *request, const char **jwt)
{
	static const char scheme[] = "Bearer";
	const size_t scheme_len = sizeof(scheme) - 1;
	int count;
	const char *header = request_find_authorization(request, &count);

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
bearer_of_request(const struct request *request, const char **jwt)
{
	static const char *const token_names[] = { "access_token", NULL };
	const enum err header = bearer_of_header(request, jwt);
	bool in_query = false;
	enum err err;

	/* A token that stands in the query alone is none; beside another it is one too many. */
	if (header != ERR_OK && header != ERR_TOKEN)
		return header;
	if ((err = wire_query_has(request->wire, token_names, &in_query)) != ERR_OK)
		return err;
	return in_query ? ERR_AUTHORIZATION : header;
}
