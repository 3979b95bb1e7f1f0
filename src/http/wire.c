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
