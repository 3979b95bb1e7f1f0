/*
 * query: a query string. The value that is found is that of the only parameter of its name, as the
 * strict reader of forms has it, which refuses what it cannot decode.
 */
#include "fuzz.h"

#include "base/text.h"
#include "http/wire.h"

/* The value of one parameter, decoded; NULL where its name is another. *is_text: it can be. */
static char *
read_one(char *parameter, const char *name, bool *is_text)
{
	char *equals = strchr(parameter, '='), *value = equals == NULL ? "" : equals + 1;
	char *copy = strdup(value), *copy_of_name;
	size_t len = strlen(value), name_len;
	bool is_named;

	if (equals != NULL)
		*equals = '\0';
	copy_of_name = strdup(parameter);
	assert(copy != NULL && copy_of_name != NULL);
	name_len = strlen(copy_of_name);
	is_named = text_decode_form(copy_of_name, &name_len) == ERR_OK &&
	    strcmp(copy_of_name, name) == 0;
	*is_text = text_decode_form(copy, &len) == ERR_OK;
	free(copy_of_name);
	if (is_named)
		return copy;
	free(copy);
	return NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char variable[] = "QUERY_STRING=";
	char *query = fuzz_text(data, size), *rest = query, *parameter;
	char *param = malloc(sizeof(variable) + size), *value = NULL, *last = NULL;
	char *params[] = { param, NULL };
	const struct wire wire = { .params = params };
	bool is_text = false;
	size_t count = 0;

	assert(param != NULL);
	strcpy(stpcpy(param, variable), query);
	assert(wire_query_find(&wire, "a", &value) == ERR_OK);
	while ((parameter = strsep(&rest, "&")) != NULL) {
		bool is_text_too;
		char *one = read_one(parameter, "a", &is_text_too);

		if (one == NULL)
			continue;
		count++;
		free(last);
		last = one;
		is_text = is_text_too;
	}

	assert((value != NULL) == (count == 1 && is_text));
	assert(value == NULL || strcmp(value, last) == 0);
	assert(value == NULL || fuzz_is_utf8(value, strlen(value)));
	free(value);
	free(last);
	free(param);
	free(query);
	return 0;
}
