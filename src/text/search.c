/* search: looks for a part of a text as people do. */
#include "text/search.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unicase.h>
#include <uninorm.h>

#include "base/text.h"

static bool
is_ascii(const char *text)
{
	while (*text != '\0')
		if ((unsigned char)*text++ >= 0x80)
			return false;
	return true;
}

/* Makes the form in which texts are compared; *folded is owned. */
static enum err
fold(const char *text, char **folded)
{
	size_t len = 0;

	*folded = NULL;
	if (!text_is_utf8(text, strlen(text)))
		return ERR_REFUSED;
	/* The NUL comes along. */
	*folded = (char *)u8_casefold((const uint8_t *)text, strlen(text) + 1, NULL,
	    UNINORM_NFKC, NULL, &len);
	return *folded != NULL ? ERR_OK : ERR_MEMORY;
}

enum err
search_init(struct search *search, const char *part)
{
	const enum err err = fold(part, &search->part);

	search->is_ascii = err == ERR_OK && is_ascii(search->part);
	return err;
}

void
search_clear(struct search *search)
{
	free(search->part);
	search->part = NULL;
}

enum err
search_find(const struct search *search, const char *text, bool *is_found)
{
	char *folded = NULL;	/* owned */
	enum err err;

	*is_found = false;
	/* Most texts are ASCII, which folds to itself but for its capitals. */
	if (is_ascii(text)) {
		*is_found = search->is_ascii && strcasestr(text, search->part) != NULL;
		return ERR_OK;
	}
	if ((err = fold(text, &folded)) == ERR_MEMORY)
		return err;
	*is_found = err == ERR_OK && strstr(folded, search->part) != NULL;
	free(folded);
	return ERR_OK;
}
