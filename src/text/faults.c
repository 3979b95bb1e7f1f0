/* faults: collects what is wrong with the members of a body. */
#include "text/faults.h"

enum err
faults_add(struct faults *faults, const char *type, const char *field, const char *message)
{
	if (faults->count < FAULTS_MAX)
		faults->list[faults->count++] = (struct fault){ type, field, message };
	return ERR_FIELDS;
}
