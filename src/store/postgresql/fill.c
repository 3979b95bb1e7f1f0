/* fill: puts names and numbers into a text of SQL. */
#include "store/postgresql/fill.h"

#include <stdlib.h>
#include <string.h>

/* Texts and values are ours, or have been checked: one that does not fit is a defect. */
static void
append(char out[FILL_SIZE], size_t *len, const char *text, size_t text_len)
{
	if (text_len >= FILL_SIZE - *len)
		abort();
	memcpy(out + *len, text, text_len);
	out[*len += text_len] = '\0';
}

const char *
fill_in(const char *text, const struct fill_name *names, char out[FILL_SIZE])
{
	const struct fill_name *name;
	size_t len = 0;

	for (*out = '\0'; *text != '\0'; text++) {
		for (name = names; name->name != NULL; name++)
			if (strncmp(text, name->name, strlen(name->name)) == 0)
				break;
		if (name->name == NULL) {
			append(out, &len, text, 1);
			continue;
		}
		append(out, &len, name->value, strlen(name->value));
		text += strlen(name->name) - 1;
	}
	return out;
}
