/* faults: collects what is wrong with the members of a body. */
#include "text/faults.h"

#include <stdarg.h>
#include <stdio.h>

enum err
faults_add(struct faults *faults, const char *type, const char *field, const char *format, ...)
{
	struct fault *fault = &faults->list[faults->count];
	va_list args;

	if (faults->count == FAULTS_MAX)
		return ERR_FIELDS;
	*fault = (struct fault){ .type = type, .field = field };
	va_start(args, format);
	vsnprintf(fault->message, sizeof(fault->message), format, args);
	va_end(args);
	faults->count++;
	return ERR_FIELDS;
}
