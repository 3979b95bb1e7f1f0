/* method: the HTTP methods that endpoints tell apart. */
#include "http/method.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* In the order of an Allow header. */
static const struct { const char *name; enum method method; } methods[] = {
	{ "GET", METHOD_GET }, { "HEAD", METHOD_HEAD }, { "OPTIONS", METHOD_OPTIONS },
	{ "POST", METHOD_POST },
};

enum { METHODS = sizeof(methods) / sizeof(methods[0]) };

enum method
method_of(const char *name)
{
	for (size_t i = 0; i < METHODS; i++)
		if (strcmp(methods[i].name, name) == 0)
			return methods[i].method;
	return METHOD_OTHER;
}

void
method_list(unsigned allowed, char list[METHOD_LIST_SIZE])
{
	int len = 0;

	list[0] = '\0';
	for (size_t i = 0; i < METHODS; i++)
		if (allowed & methods[i].method)
			len += snprintf(list + len, METHOD_LIST_SIZE - (size_t)len, "%s%s",
			    len > 0 ? ", " : "", methods[i].name);
}
