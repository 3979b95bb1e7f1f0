/*
 * form: the parameters of a form, and an application/x-www-form-urlencoded body of them (protocol
 * section 1.7).
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
 * Adds a parameter; name and value are borrowed. Returns ERR_FORM when there are too many, and
 * ERR_REPEATED when the name is there already (RFC 6749, section 3.2).
 */
ERR_CHECKED enum err form_add(struct form *form, const char *name, const char *value);

/*
 * Splits and decodes body in place; it has len bytes and is NUL-terminated, and the form borrows
 * from it. Returns ERR_FORM when something cannot be decoded, or as form_add() does.
 */
ERR_CHECKED enum err form_parse(char *body, size_t len, struct form *form);

/*
 * Returns the value of a parameter, or NULL when it is absent or empty, which RFC 6749,
 * section 3.2 treats alike.
 */
const char *form_find(const struct form *form, const char *name);

#endif
