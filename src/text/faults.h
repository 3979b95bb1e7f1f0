/*
 * faults: collects what is wrong with the members of a body, in FastAPI's words for a 422 answer
 * (protocol section 1.4).
 */
#ifndef BEARWARD_TEXT_FAULTS_H
#define BEARWARD_TEXT_FAULTS_H

#include <stddef.h>

#include "base/err.h"

struct fault {
	const char *type;	/* static: missing, string_type, string_too_short, ... */
	const char *field;	/* static; NULL: the fault is of the whole body */
	const char *message;	/* static; never repeats input */
};

enum { FAULTS_MAX = 8 };

struct faults {
	struct fault list[FAULTS_MAX];
	size_t count;
};

/*
 * Appends a fault, or drops it when the list is full. Returns ERR_FIELDS in either case, so that a
 * check can return the result.
 */
enum err faults_add(struct faults *faults, const char *type, const char *field,
    const char *message);

#endif
