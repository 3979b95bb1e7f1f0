/* faults: what is wrong with which member of a body. */
#include "text/faults.h"

enum err
faults_add(struct faults *faults, const char *type, const char *field, const char *message)
{
	if (faults->count < FAULTS_MAX)
		faults->list[faults->count++] = (struct fault){ type, field, message };
	return ERR_FIELDS;
}
