/* username: which names users may have, and what each is looked up by. */
#include "text/username.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "text/precis.h"

/* Mapping never makes a name shorter than a quarter: nothing longer is worth the work. */
enum { TYPED_BYTES_MAX = 4 * USERNAME_BYTES_MAX };

/* A rule of ours, beside the profiles, that a mapped name may break. */
struct rule {
	bool (*is_broken)(const char *mapped);
	const char *type;	/* of a fault */
	const char *message;
};

static bool
is_too_long(const char *mapped)
{
	return strlen(mapped) > USERNAME_BYTES_MAX ||
	    text_code_points(mapped) > USERNAME_POINTS_MAX;
}

static bool
has_colon(const char *mapped)
{
	return strchr(mapped, ':') != NULL;
}

static bool
is_only_dots(const char *mapped)
{
	return strcmp(mapped, ".") == 0 || strcmp(mapped, "..") == 0;
}

enum { TOO_LONG };		/* place in the table */

static const struct rule rules[] = {
	[TOO_LONG] = { is_too_long, "string_too_long",
	    "Username is longer than 254 characters or 255 bytes" },
	{ has_colon, "value_error",
	    "Username cannot have U+003A, a colon" },
	{ is_only_dots, "value_error", "Username is only dots; choose another" },
};

/* Returns the first rule that either form breaks, or NULL. */
static const struct rule *
find_broken_rule(const struct username *name)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].is_broken(name->shown) || rules[i].is_broken(name->key))
			return &rules[i];
	return NULL;
}

/*
 * Both forms, or neither: a name that one form alone allows could be shown but not be unique, or
 * the other way round. broken is the rule of ours that the name breaks, if it does.
 */
static enum err
prepare(const char *typed, struct username *name, const struct rule **broken)
{
	enum err err = ERR_REFUSED;

	*name = (struct username){0};
	*broken = NULL;
	if (strlen(typed) > TYPED_BYTES_MAX) {
		*broken = &rules[TOO_LONG];
		goto out;
	}
	if ((err = precis_username(typed, &name->shown)) != ERR_OK)
		goto out;
	if ((err = precis_username_key(typed, &name->key)) != ERR_OK)
		goto out;
	*broken = find_broken_rule(name);
	err = *broken == NULL ? ERR_OK : ERR_REFUSED;
out:
	if (err != ERR_OK)
		username_clear(name);
	return err;
}

enum err
username_prepare(const char *typed, struct username *name)
{
	const struct rule *broken;

	return prepare(typed, name, &broken);
}

enum err
username_explain(const char *typed, struct faults *faults)
{
	struct username name;
	const struct rule *broken;
	struct precis_refusal refusal;
	enum err err = prepare(typed, &name, &broken);

	username_clear(&name);
	if (err != ERR_REFUSED)
		return err;
	if (broken != NULL)
		return faults_add(faults, broken->type, "username", "%s", broken->message);
	if (*typed == '\0')
		return faults_add(faults, "string_too_short", "username", "Username is empty");
	if ((err = precis_explain_username(typed, &refusal)) != ERR_REFUSED)
		return err;
	if (refusal.code_point == 0)
		return faults_add(faults, "value_error", "username", "Username cannot have %s",
		    refusal.words);
	return faults_add(faults, "value_error", "username",
	    "Username cannot have U+%04" PRIX32 ", %s", refusal.code_point, refusal.words);
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
