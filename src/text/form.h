/*
 * form: an application/x-www-form-urlencoded body as names and values (protocol section 1.7).
 */
#ifndef BEARWARD_TEXT_FORM_H
#define BEARWARD_TEXT_FORM_H

#include <stddef.h>

#include "base/err.h"

enum { FORM_PARAMETERS_MAX = 32 };

struct form {
	struct {
		const char *name;
		const char *value;
	} list[FORM_PARAMETERS_MAX];
	size_t count;
};

/*
 * Splits and decodes body, of len bytes and NUL-terminated, in place: the form borrows from it.
 * ERR_FORM when something cannot be decoded or there are too many parameters; ERR_REPEATED when a
 * name occurs twice (RFC 6749, section 3.2).
 */
ERR_CHECKED enum err form_parse(char *body, size_t len, struct form *form);

/* The value, or NULL when it is absent or empty, which count as the same (RFC 6749, 3.2). */
const char *form_find(const struct form *form, const char *name);

#endif
