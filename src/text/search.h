/*
 * search: looks for a part of a text as people do: in any case, width and normal form.
 *
 * "MÜLLER" is found in "Anna Müller", and "STRASSE" in "Straße 3"; accents count.
 */
#ifndef BEARWARD_TEXT_SEARCH_H
#define BEARWARD_TEXT_SEARCH_H

#include <stdbool.h>

#include "base/err.h"

struct search {
	char *part;	/* owned: folded */
	bool is_ascii;
};

/*
 * Starts with the part to be looked for; "" is in every text. The caller clears it. Returns
 * ERR_MEMORY, or ERR_REFUSED when it is not UTF-8.
 */
ERR_CHECKED enum err search_init(struct search *search, const char *part);

/* Frees what it has. */
void search_clear(struct search *search);

/* Tells whether the part is in a text, which is not so for one that is not UTF-8. ERR_MEMORY. */
ERR_CHECKED enum err search_find(const struct search *search, const char *text, bool *is_found);

#endif
