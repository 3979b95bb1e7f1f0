/*
 * faults: collects what is wrong with the members of a body, or of a query string, in FastAPI's
 * words for a 422 answer (protocol section 1.4).
 */
#ifndef BEARWARD_TEXT_FAULTS_H
#define BEARWARD_TEXT_FAULTS_H

#include <stddef.h>

#include "base/err.h"

enum { FAULTS_MAX = 8, FAULT_MESSAGE_SIZE = 192 };

struct fault {
	const char *type;	/* static: missing, string_type, string_too_short, ... */
	const char *place;	/* static: "body" or "query" */
	const char *field;	/* static; NULL: the fault is of the whole body */
	char message[FAULT_MESSAGE_SIZE];	/* never repeats what may be secret */
};

struct faults {
	struct fault list[FAULTS_MAX];
	size_t count;
};

/*
 * Appends a fault with a message made by a format, or drops it when the list is full. Returns
 * ERR_FIELDS in either case, so that a check can return the result.
 */
__attribute__((format(printf, 4, 5)))
enum err faults_add(struct faults *faults, const char *type, const char *field,
    const char *format, ...);

/* Does the same with a fault of the query string. */
__attribute__((format(printf, 4, 5)))
enum err faults_add_to_query(struct faults *faults, const char *type, const char *field,
    const char *format, ...);

#endif
