/* conninfo: takes URIs and keywords of libpq apart, and puts them together. */
#include "store/postgresql/conninfo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
conninfo_value(const PQconninfoOption *options, const char *keyword)
{
	for (; options->keyword != NULL; options++)
		if (strcmp(options->keyword, keyword) == 0)
			return options->val;
	return NULL;
}

bool
conninfo_find(const char *text, const char *keyword, char value[CONNINFO_VALUE_SIZE])
{
	PQconninfoOption *options = PQconninfoParse(text, NULL);	/* owned */
	const char *found = options != NULL ? conninfo_value(options, keyword) : NULL;
	const bool is_found = options != NULL &&
	    (found == NULL || strlen(found) < CONNINFO_VALUE_SIZE);

	snprintf(value, CONNINFO_VALUE_SIZE, "%s", is_found && found != NULL ? found : "");
	PQconninfoFree(options);
	return is_found;
}

static bool
is_taken(const char *const *taken, const char *keyword)
{
	if (taken == NULL)
		return true;
	for (; *taken != NULL; taken++)
		if (strcmp(*taken, keyword) == 0)
			return true;
	return false;
}

static void
write_value(const char *keyword, const char *value, FILE *out)
{
	fprintf(out, " %s='", keyword);
	for (; *value != '\0'; value++) {
		if (*value == '\'' || *value == '\\')
			fputc('\\', out);
		fputc(*value, out);
	}
	fputc('\'', out);
}

char *
conninfo_merge(const char *text, const char *other, const char *const *taken)
{
	PQconninfoOption *first = PQconninfoParse(text, NULL);		/* owned, as the second */
	PQconninfoOption *second = PQconninfoParse(other, NULL);
	char *merged = NULL;	/* owned until it is given away */
	size_t len;
	FILE *out = first != NULL && second != NULL ? open_memstream(&merged, &len) : NULL;

	/* Both have all keywords of libpq, in one order. */
	for (size_t i = 0; out != NULL && first[i].keyword != NULL; i++) {
		const char *value = first[i].val;

		if (value == NULL && is_taken(taken, first[i].keyword))
			value = second[i].val;
		if (value != NULL)
			write_value(first[i].keyword, value, out);
	}
	if (out != NULL && fclose(out) == EOF) {
		free(merged);
		merged = NULL;
	}
	PQconninfoFree(first);
	PQconninfoFree(second);
	return merged;
}
