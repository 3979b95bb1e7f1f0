/* kid: the ids of keys, and the moments that are part of one. */
#include "token/kid.h"

#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "text/moment.h"

#define LATER "-from-"

enum {
	MOMENT_LEN = sizeof("20260102T030405") - 1,
	RANDOM_LEN = 4,				/* bytes, written in hex */
	MADE_LEN = MOMENT_LEN + 1 + 2 * RANDOM_LEN,
	LATER_LEN = sizeof(LATER) - 1,
};

bool
kid_is_valid(const char *name)
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t len = strlen(name);

	return len > 0 && len < KEY_ID_SIZE && strspn(name, alphabet) == len;
}

/* Reads the moment at the beginning of a text; 0: there is none. */
static int64_t
read_moment(const char *text)
{
	char moment[MOMENT_LEN + 1] = "";

	memcpy(moment, text, strnlen(text, MOMENT_LEN));
	return moment_read(MOMENT_COMPACT, moment);
}

struct kid_moments
kid_moments(const char *kid)
{
	const size_t len = strlen(kid);
	struct kid_moments moments = {0};

	if (len < MADE_LEN || kid[MOMENT_LEN] != '-' ||
	    strspn(kid + MOMENT_LEN + 1, "0123456789abcdef") != 2 * RANDOM_LEN)
		return moments;
	moments.made_at = read_moment(kid);
	if (len == MADE_LEN)
		return moments;
	if (len == MADE_LEN + LATER_LEN + MOMENT_LEN &&
	    memcmp(kid + MADE_LEN, LATER, LATER_LEN) == 0)
		moments.signs_at = read_moment(kid + MADE_LEN + LATER_LEN);
	return moments.made_at == 0 || moments.signs_at == 0 ? (struct kid_moments){0} : moments;
}

enum err
kid_make(const struct kid_moments *moments, char kid[KEY_ID_SIZE])
{
	char made[MOMENT_SIZE], later[MOMENT_SIZE] = "";
	unsigned char random[RANDOM_LEN];

	kid[0] = '\0';
	if (!moment_write(MOMENT_COMPACT, moments->made_at, made) ||
	    (moments->signs_at != 0 &&
	     !moment_write(MOMENT_COMPACT, moments->signs_at, later)) ||
	    secret_random(random, sizeof(random)) != ERR_OK)
		return ERR_INTERNAL;
	snprintf(kid, KEY_ID_SIZE, "%s-%02x%02x%02x%02x%s%s", made, random[0], random[1],
	    random[2], random[3], *later == '\0' ? "" : LATER, later);
	return ERR_OK;
}
