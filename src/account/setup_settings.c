/* setup_settings: puts values into the text of bearward.conf. */
#include "account/setup_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

bool
setup_settings_can_hold(const char *value)
{
	const size_t len = strlen(value);

	if (len == 0 || *value == ' ' || value[len - 1] == ' ' || !text_is_utf8(value, len))
		return false;
	/* Quotes around a value, and a comment behind it, are mistakes. */
	if (strpbrk(value, "\"'#") != NULL)
		return false;
	for (const char *c = value; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == '\x7f')
			return false;
	return true;
}

/* Returns where a line sets this key, behind a prefix and blanks; NULL: none does. */
static const char *
find_line(const char *text, const char *prefix, const char *key)
{
	const size_t prefix_len = strlen(prefix), key_len = strlen(key);

	for (const char *line = text; line != NULL && *line != '\0';) {
		const char *found = line + strspn(line, " \t");

		if (strncmp(found, prefix, prefix_len) == 0 &&
		    strncmp(found + prefix_len, key, key_len) == 0) {
			const char *rest = found + prefix_len + key_len;

			if (rest[strspn(rest, " \t")] == '=')
				return line;
		}
		line = strchr(line, '\n');
		line = line == NULL ? NULL : line + 1;
	}
	return NULL;
}

static enum err
change_one(char **text, const struct setup_setting *setting)
{
	const char *line = find_line(*text, "", setting->key);
	const char *rest;
	char *changed = NULL;	/* owned */
	int len;

	if (line == NULL)
		line = find_line(*text, "#", setting->key);
	if (line == NULL)
		line = *text + strlen(*text);
	rest = line + strcspn(line, "\n");
	rest += *rest == '\n';
	len = asprintf(&changed, "%.*s%s%s = %s\n%s", (int)(line - *text), *text,
	    line > *text && line[-1] != '\n' ? "\n" : "", setting->key, setting->value, rest);
	if (len < 0)
		return ERR_MEMORY;
	free(*text);
	*text = changed;
	return ERR_OK;
}

enum err
setup_settings_change(const char *text, const struct setup_setting *settings, char **changed)
{
	enum err err = ERR_OK;

	if ((*changed = strdup(text)) == NULL)
		return ERR_MEMORY;
	for (; settings->key != NULL && err == ERR_OK; settings++)
		err = change_one(changed, settings);
	if (err != ERR_OK) {
		free(*changed);
		*changed = NULL;
	}
	return err;
}
