/* known_secret: tells secrets that anyone could have, because they are published, or trivial. */
#include "token/known_secret.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define ADVICE "anyone can sign tokens with it; remove it, and make another: bearward key new"
#define PUBLISHED(place) "published in " place ": " ADVICE

/* Of secrets of 32 random decimal digits, one in ten million has fewer different ones. */
enum { DISTINCT_MIN = 6, PERIOD_MAX = 16 };

/* What people copy out of tutorials, documentation and samples, and that is long enough. */
static const struct {
	const char *secret;
	const char *fault;
} published[] = {
	{ "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
	  PUBLISHED("the FastAPI documentation") },
	{ "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
	  PUBLISHED("the Flask documentation") },
	{ "a-string-secret-at-least-256-bits-long", PUBLISHED("the debugger of jwt.io") },
	{ "your-super-secret-jwt-token-with-at-least-32-characters-long",
	  PUBLISHED("the samples of Supabase") },
	{ "reallyreallyreallyreallyverysafe", PUBLISHED("the documentation of PostgREST") },
	{ "404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970",
	  PUBLISHED("tutorials of Spring Security") },
	{ "======================BezKoder=Spring===========================",
	  PUBLISHED("tutorials of Spring Security") },
	{ "THIS IS USED TO SIGN AND VERIFY JWT TOKENS, REPLACE IT WITH YOUR OWN SECRET, "
	  "IT CAN BE ANY STRING", PUBLISHED("tutorials of ASP.NET and Node.js") },
	{ "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
	  PUBLISHED("RFC 7515") },
	{ "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg", PUBLISHED("RFC 7520") },
};

/* Returns whether a text has fewer than DISTINCT_MIN different bytes. */
static bool
has_few_bytes(const char *text, size_t len)
{
	bool is_seen[256] = {0};
	int distinct = 0;

	for (size_t i = 0; i < len; i++) {
		distinct += !is_seen[(unsigned char)text[i]];
		is_seen[(unsigned char)text[i]] = true;
	}
	return distinct < DISTINCT_MIN;
}

/* Returns whether a text goes on by few different steps, as abcd... and 02468... do. */
static bool
has_few_steps(const char *text, size_t len)
{
	bool is_seen[256] = {0};
	int distinct = 0;

	for (size_t i = 1; i < len; i++) {
		unsigned char step = (unsigned char)(text[i] - text[i - 1]);

		distinct += !is_seen[step];
		is_seen[step] = true;
	}
	return distinct < DISTINCT_MIN;
}

/* Returns whether a text is a short one, again and again. */
static bool
repeats_itself(const char *text, size_t len)
{
	for (size_t period = 1; period <= PERIOD_MAX && period < len; period++)
		if (memcmp(text, text + period, len - period) == 0)
			return true;
	return false;
}

const char *
known_secret_find_fault(const char *secret, size_t len)
{
	for (size_t i = 0; i < sizeof(published) / sizeof(published[0]); i++)
		if (strlen(published[i].secret) == len &&
		    strncasecmp(published[i].secret, secret, len) == 0)
			return published[i].fault;
	if (has_few_bytes(secret, len))
		return "of few different characters: " ADVICE;
	if (has_few_steps(secret, len))
		return "a mere sequence: " ADVICE;
	if (repeats_itself(secret, len))
		return "a short text repeated: " ADVICE;
	return NULL;
}
