/* faults: collects what is wrong with the members of a body. */
#include "text/faults.h"

#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 3, 0)))
static void
add(struct faults *faults, struct fault fault, const char *format, va_list args)
{
	if (faults->count == FAULTS_MAX)
		return;
	vsnprintf(fault.message, sizeof(fault.message), format, args);
	faults->list[faults->count++] = fault;
}

enum err
faults_add(struct faults *faults, const char *type, const char *field, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(faults, (struct fault){ .type = type, .place = "body", .field = field }, format, args);
	va_end(args);
	return ERR_FIELDS;
}

enum err
faults_add_to_query(struct faults *faults, const char *type, const char *field,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(faults, (struct fault){ .type = type, .place = "query", .field = field }, format,
	    args);
	va_end(args);
	return ERR_FIELDS;
}
