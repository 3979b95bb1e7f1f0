/* key_text: the text of an asymmetric key's file. */
#include "token/key_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "text/moment.h"

enum { VALUE_SIZE = 64, OLDER_FOR_MAX = 366 * 86400 };

enum line { LINE_ALG, LINE_USE, LINE_MADE, LINE_SIGNS_FROM, LINE_OLDER_VERIFY_FOR, LINES };

static const char *const names[] = {
	[LINE_ALG] = "alg: ", [LINE_USE] = "use: ", [LINE_MADE] = "made: ",
	[LINE_SIGNS_FROM] = "signs-from: ", [LINE_OLDER_VERIFY_FOR] = "older-verify-for: ",
};

/* What a line that is not as it should be is told with. */
static const char *const faults[] = {
	[LINE_ALG] = "its first line is not \"alg: ES256\", or RS256 or EdDSA; take the file from "
	    "a backup, or import the key anew",
	[LINE_USE] = "its second line is not \"use: access\"; take the file from a backup, or "
	    "import the key anew",
	[LINE_MADE] = "its third line is not \"made: \" and a moment such as "
	    "2026-01-02T03:04:05Z; mend the line",
	[LINE_SIGNS_FROM] = "its fourth line is not \"signs-from: \" and a moment such as "
	    "2026-01-02T03:04:05Z; mend the line",
	[LINE_OLDER_VERIFY_FOR] = "its fifth line is not \"older-verify-for: \" and seconds, up "
	    "to a year; mend the line",
};

/* Takes the value of a line at *at, and goes to the next one. Returns false if it has another. */
static bool
take_value(const char *text, size_t len, const char *name, size_t *at, char value[VALUE_SIZE])
{
	const size_t name_len = strlen(name);
	const char *begin = text + *at, *end = memchr(begin, '\n', len - *at);
	size_t value_len;

	if (end == NULL || (size_t)(end - begin) < name_len || memcmp(begin, name, name_len) != 0)
		return false;
	*at = (size_t)(end - text) + 1;
	begin += name_len;
	if (end > begin && end[-1] == '\r')
		end--;
	value_len = (size_t)(end - begin);
	if (value_len >= VALUE_SIZE || memchr(begin, '\0', value_len) != NULL)
		return false;
	memcpy(value, begin, value_len);
	value[value_len] = '\0';
	return true;
}

static bool
take_moment(const char *value, int64_t *moment)
{
	return (*moment = moment_read(MOMENT_PLAIN, value)) != 0;
}

static bool
take_seconds(const char *value, int64_t *seconds)
{
	char *end;

	if (*value < '0' || *value > '9' || strlen(value) > 9)
		return false;
	*seconds = strtol(value, &end, 10);
	return *end == '\0' && *seconds <= OLDER_FOR_MAX;
}

static bool
take(enum line line, const char *value, enum key_alg *alg, struct key_life *life)
{
	switch (line) {
	case LINE_ALG:
		return key_alg_find(value, alg) && key_alg_is_asymmetric(*alg);
	case LINE_USE:
		return strcmp(value, "access") == 0;
	case LINE_MADE:
		return take_moment(value, &life->made_at);
	case LINE_SIGNS_FROM:
		return take_moment(value, &life->signs_at);
	case LINE_OLDER_VERIFY_FOR:
		return take_seconds(value, &life->older_for);
	case LINES:
		break;
	}
	return false;
}

const char *
key_text_read(const char *text, size_t len, enum key_alg *alg, struct key_life *life,
    size_t *pem_at)
{
	char value[VALUE_SIZE];

	*life = (struct key_life){ .is_to_wait = true };
	*pem_at = 0;
	for (int line = 0; line < LINES; line++)
		if (!take_value(text, len, names[line], pem_at, value) ||
		    !take((enum line)line, value, alg, life))
			return faults[line];
	return NULL;
}

enum err
key_text_write(const struct key *key, enum key_half half, char **text)
{
	const struct key_life *life = key_life(key);
	char made[MOMENT_SIZE], signs_from[MOMENT_SIZE];
	char *pem = NULL;	/* owned, secret */
	enum err err;

	*text = NULL;
	if (!moment_write(MOMENT_PLAIN, life->made_at, made) ||
	    !moment_write(MOMENT_PLAIN, life->signs_at, signs_from))
		return ERR_INTERNAL;
	if ((err = key_write(key, half, &pem)) != ERR_OK)
		return err;
	if (asprintf(text, "%s%s\n%saccess\n%s%s\n%s%s\n%s%lld\n%s", names[LINE_ALG],
	    key_alg_name(key_alg(key)), names[LINE_USE], names[LINE_MADE], made,
	    names[LINE_SIGNS_FROM], signs_from, names[LINE_OLDER_VERIFY_FOR],
	    (long long)life->older_for, pem) < 0) {
		*text = NULL;
		err = ERR_MEMORY;
	}
	secret_free(pem);
	return err;
}
