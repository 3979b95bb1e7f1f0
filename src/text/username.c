/* username: which names users may have, and what each is looked up by. */
#include "text/username.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "text/precis.h"

/* Mapping never makes a name shorter than a quarter: nothing longer is worth the work. */
enum { TYPED_BYTES_MAX = 4 * USERNAME_BYTES_MAX };

static bool
is_within_our_rules(const char *mapped)
{
	return strlen(mapped) <= USERNAME_BYTES_MAX &&
	    text_code_points(mapped) <= USERNAME_POINTS_MAX && strchr(mapped, ':') == NULL &&
	    strcmp(mapped, ".") != 0 && strcmp(mapped, "..") != 0;
}

/*
 * Both forms, or neither: a name that one form alone allows could be shown but not be unique, or
 * the other way round.
 */
enum err
username_prepare(const char *typed, struct username *name)
{
	enum err err = ERR_REFUSED;

	*name = (struct username){0};
	if (strlen(typed) > TYPED_BYTES_MAX)
		goto out;
	if ((err = precis_username(typed, &name->shown)) != ERR_OK)
		goto out;
	if ((err = precis_username_key(typed, &name->key)) != ERR_OK)
		goto out;
	if (!is_within_our_rules(name->shown) || !is_within_our_rules(name->key))
		err = ERR_REFUSED;
out:
	if (err != ERR_OK)
		username_clear(name);
	return err;
}

void
username_clear(struct username *name)
{
	free(name->shown);
	free(name->key);
	*name = (struct username){0};
}

enum err
username_key(const char *typed, char **key)
{
	struct username name;	/* its key is handed over */
	enum err err = username_prepare(typed, &name);

	*key = NULL;
	if (err != ERR_OK && err != ERR_REFUSED)
		return err;
	*key = err == ERR_OK ? name.key : strdup(typed);
	name.key = NULL;
	username_clear(&name);
	return *key != NULL ? ERR_OK : ERR_MEMORY;
}

enum err
username_compare(const char *text, const char *key, bool *is_same)
{
	char *mapped = NULL;	/* owned, secret */
	enum err err;

	/* A name that the rules refuse is known by its exact bytes. */
	*is_same = strcmp(text, key) == 0;
	if (*is_same || strlen(text) > TYPED_BYTES_MAX)
		return ERR_OK;
	err = precis_username_key(text, &mapped);
	*is_same = err == ERR_OK && strcmp(mapped, key) == 0;
	secret_free(mapped);
	return err == ERR_REFUSED ? ERR_OK : err;
}
