/*
 * bearer: the parameters of a request, a line each. A token is found only in one Authorization
 * header that has it and nothing else, and never beside a token in the query string.
 */
#include "fuzz.h"

#include <ctype.h>
#include <strings.h>

#include "http/bearer.h"

enum { PARAMETERS_MAX = 16 };

static bool
is_named(const char *param, const char *name)
{
	return strncmp(param, name, strlen(name)) == 0 && param[strlen(name)] == '=';
}

static size_t
count(char *const *params, const char *name, const char **first)
{
	size_t found = 0;

	for (; *params != NULL; params++)
		if (is_named(*params, name) && found++ == 0)
			*first = *params + strlen(name) + 1;
	return found;
}

/* The grammar of RFC 6750, section 2.1, by another hand: "Bearer" 1*SP b64token. */
static bool
is_credentials(const char *header, const char *jwt)
{
	const char *c = header + 6;

	if (strncasecmp(header, "Bearer", 6) != 0 || *c != ' ')
		return false;
	while (*c == ' ')
		c++;
	if (c != jwt || *c == '=')
		return false;
	while (isalnum((unsigned char)*c) || (*c != '\0' && strchr("-._~+/", *c) != NULL))
		c++;
	while (*c == '=' && c > jwt)
		c++;
	return c > jwt && *c == '\0';
}

/* Whether a name in the query is spelled access_token, without escapes. */
static bool
is_in_query(char *const *params)
{
	const char *query = "";

	(void)count(params, "QUERY_STRING", &query);
	for (; query != NULL && *query != '\0'; query = strchr(query, '&')) {
		query += *query == '&';
		if (strncmp(query, "access_token", 12) == 0 &&
		    (query[12] == '\0' || query[12] == '=' || query[12] == '&'))
			return true;
	}
	return false;
}

static void
check(char *const *params)
{
	struct wire wire = { .params = params };
	const struct request request = { .wire = &wire };
	const char *header = NULL, *jwt = NULL;
	size_t headers = count(params, "HTTP_AUTHORIZATION", &header);
	const enum err err = bearer_of_header(&request, &jwt);
	const enum err full = bearer_of_request(&request, &jwt);

	if (headers == 0)
		headers = count(params, "REDIRECT_HTTP_AUTHORIZATION", &header);
	assert(err == ERR_OK || err == ERR_TOKEN || err == ERR_NO_TOKEN ||
	    err == ERR_AUTHORIZATION);
	assert(full == err || full == ERR_AUTHORIZATION);
	if (headers > 1)
		assert(err == ERR_AUTHORIZATION);
	if (headers == 0)
		assert(err == ERR_NO_TOKEN);
	if (err == ERR_OK)
		assert(headers == 1 && is_credentials(header, jwt));
	if (full == ERR_OK)
		assert(!is_in_query(params));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *rest = text;
	char *params[PARAMETERS_MAX + 1] = {0};

	for (size_t i = 0; i < PARAMETERS_MAX && rest != NULL; i++)
		params[i] = strsep(&rest, "\n");
	check(params);
	free(text);
	return 0;
}
