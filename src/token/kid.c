/* kid: key ids, and the moment that is part of one. */
#include "token/kid.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/secret.h"

#define MOMENT_FORMAT "%Y%m%dT%H%M%S"

enum {
	MOMENT_LEN = sizeof("20260102T030405") - 1,
	RANDOM_LEN = 4,		/* bytes, written in hex */
};

bool
kid_is_valid(const char *name)
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t len = strlen(name);

	return len > 0 && len < KEY_ID_SIZE && strspn(name, alphabet) == len;
}

/* Returns whether text is len characters long, all of them of alphabet. */
static bool
is_all(const char *text, size_t len, const char *alphabet)
{
	return strlen(text) == len && strspn(text, alphabet) == len;
}

/* Writes a moment as an id has it, in MOMENT_LEN characters. */
static bool
write_moment(int64_t moment, char text[MOMENT_LEN + 1])
{
	const time_t when = (time_t)moment;
	struct tm tm = {0};

	return gmtime_r(&when, &tm) != NULL &&
	    strftime(text, MOMENT_LEN + 1, MOMENT_FORMAT, &tm) == MOMENT_LEN;
}

int64_t
kid_moment(const char *kid)
{
	char text[MOMENT_LEN + 1] = "", again[MOMENT_LEN + 1];
	struct tm tm = {0};
	const char *end;
	int64_t moment;

	if (strlen(kid) <= MOMENT_LEN || kid[MOMENT_LEN] != '-' ||
	    !is_all(kid + MOMENT_LEN + 1, 2 * RANDOM_LEN, "0123456789abcdef"))
		return 0;
	memcpy(text, kid, MOMENT_LEN);
	end = strptime(text, MOMENT_FORMAT, &tm);
	if (end == NULL || *end != '\0')
		return 0;

	/* strptime() takes fewer digits, and days that the month has not: one spelling counts. */
	moment = (int64_t)timegm(&tm);
	if (moment <= 0 || !write_moment(moment, again) || strcmp(again, text) != 0)
		return 0;
	return moment;
}

enum err
kid_make(int64_t moment, char kid[KEY_ID_SIZE])
{
	unsigned char random[RANDOM_LEN];
	char text[MOMENT_LEN + 1];

	kid[0] = '\0';
	if (!write_moment(moment, text) || secret_random(random, sizeof(random)) != ERR_OK)
		return ERR_INTERNAL;
	snprintf(kid, KEY_ID_SIZE, "%s-%02x%02x%02x%02x", text, random[0], random[1], random[2],
	    random[3]);
	return ERR_OK;
}
