/* wire: what the web server says of a request. */
#include "http/wire.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"

const char *
wire_find_param(const struct wire *wire, const char *name, int *count)
{
	size_t len = strlen(name);
	const char *value = NULL;

	*count = 0;
	for (char *const *param = wire->params; *param != NULL; param++) {
		/* Most differ in the first letter, and there are many to ask. */
		if (**param != *name || strncmp(*param, name, len) != 0 || (*param)[len] != '=')
			continue;
		if ((*count)++ == 0)
			value = *param + len + 1;
	}
	return value;
}

const char *
wire_get_param(const struct wire *wire, const char *name)
{
	int count;
	const char *value = wire_find_param(wire, name, &count);

	return value == NULL ? "" : value;
}

bool
wire_is_error_document(const struct wire *wire)
{
	/* A rewrite sets it, too: to 200. */
	const char *status = wire_get_param(wire, "REDIRECT_STATUS");

	return strcmp(status, "401") == 0 || strcmp(status, "403") == 0;
}

const char *
wire_skip_redirects(const char *param)
{
	static const char prefix[] = "REDIRECT_";

	while (strncmp(param, prefix, sizeof(prefix) - 1) == 0)
		param += sizeof(prefix) - 1;
	return param;
}

const char *
wire_get_original(const struct wire *wire, const char *name)
{
	const size_t len = strlen(name);
	const char *value = "";
	ptrdiff_t depth = -1;

	for (char *const *param = wire->params; *param != NULL; param++) {
		const char *rest = wire_skip_redirects(*param);

		if (rest - *param <= depth || strncmp(rest, name, len) != 0 || rest[len] != '=')
			continue;
		depth = rest - *param;
		value = rest + len + 1;
	}
	return value;
}

enum err
wire_query_has(const struct wire *wire, const char *const *names, bool *has)
{
	char *query = strdup(wire_get_param(wire, "QUERY_STRING"));	/* owned, perhaps secret */
	char *rest = query;
	char *name;

	*has = false;
	if (query == NULL)
		return ERR_MEMORY;
	while ((name = strsep(&rest, "&")) != NULL) {
		size_t len = strcspn(name, "=");
		size_t value_len = strlen(name + len);

		secret_wipe(name + len, value_len);
		/* What cannot be decoded has no name that means anything. */
		if (text_decode_form(name, &len) != ERR_OK)
			continue;
		for (const char *const *wanted = names; *wanted != NULL; wanted++)
			*has = *has || strcmp(name, *wanted) == 0;
	}
	free(query);
	return ERR_OK;
}

/* Whether a parameter, name=value, has that name. *value is borrowed; NULL: no text. */
static bool
read_parameter(char *parameter, const char *name, const char **value)
{
	char *text = strchr(parameter, '=');
	size_t name_len = text == NULL ? strlen(parameter) : (size_t)(text - parameter);
	size_t len;

	text = text == NULL ? parameter + name_len : text + 1;
	len = strlen(text);
	parameter[name_len] = '\0';
	*value = text_decode_form(text, &len) == ERR_OK ? text : NULL;
	return text_decode_form(parameter, &name_len) == ERR_OK && strcmp(parameter, name) == 0;
}

enum err
wire_query_find(const struct wire *wire, const char *name, char **value)
{
	char *query = strdup(wire_get_param(wire, "QUERY_STRING"));	/* owned */
	char *rest = query, *parameter;
	const char *text, *found = NULL;	/* borrowed from query */
	int count = 0;

	*value = NULL;
	if (query == NULL)
		return ERR_MEMORY;
	while ((parameter = strsep(&rest, "&")) != NULL)
		if (read_parameter(parameter, name, &text) && count++ == 0)
			found = text;
	if (count == 1 && found != NULL)
		*value = strdup(found);
	free(query);
	return count == 1 && found != NULL && *value == NULL ? ERR_MEMORY : ERR_OK;
}
