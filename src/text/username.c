/* username: which names may be given to users, and what each is looked up by. */
#include "text/username.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "text/precis.h"

/* Mapping never makes a name shorter than a quarter: nothing longer is worth the work. */
enum { TYPED_BYTES_MAX = 4 * USERNAME_BYTES_MAX };

static bool
is_within_our_rules(const char *mapped)
{
	return strlen(mapped) <= USERNAME_BYTES_MAX &&
	    text_code_points(mapped) <= USERNAME_POINTS_MAX && strchr(mapped, ':') == NULL;
}

/*
 * Both forms of a name, or neither. Were a name allowed by one form alone, it could be shown but
 * not be unique, or the other way round.
 */
static enum err
map_both(const char *typed, char **shown, char **key)
{
	enum err err = ERR_REFUSED;

	*shown = *key = NULL;
	if (strlen(typed) > TYPED_BYTES_MAX)
		goto out;
	if ((err = precis_username(typed, shown)) != ERR_OK)
		goto out;
	if ((err = precis_username_key(typed, key)) != ERR_OK)
		goto out;
	err = is_within_our_rules(*shown) && is_within_our_rules(*key) ? ERR_OK : ERR_REFUSED;
out:
	if (err != ERR_OK) {
		free(*shown);
		free(*key);
		*shown = *key = NULL;
	}
	return err;
}

enum err
username_normalise(const char *typed, char **shown)
{
	char *key;	/* owned */
	enum err err = map_both(typed, shown, &key);

	free(key);
	return err;
}

enum err
username_key(const char *typed, char **key)
{
	char *shown;	/* owned */
	enum err err = map_both(typed, &shown, key);

	free(shown);
	if (err != ERR_REFUSED)
		return err;
	*key = strdup(typed);
	return *key != NULL ? ERR_OK : ERR_INTERNAL;
}
