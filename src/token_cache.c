/* token_cache: tokens verified a moment ago. */
#include "token_cache.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "secret.h"

enum { PLACES = 64, KEPT_LEN_MAX = 1024 };

struct place {
	char *jwt;		/* owned, secret; NULL: free */
	struct token token;	/* owned */
};

struct token_cache {
	unsigned long version;	/* of the keys that all of them were verified with */
	struct place places[PLACES];
};

static void
vacate(struct place *place)
{
	secret_free(place->jwt);
	token_clear(&place->token);
	place->jwt = NULL;
}

/* The end of a token is that of its signature: as good as random. */
static struct place *
place_of(struct token_cache *cache, const char *jwt, size_t len)
{
	unsigned sum = 0;

	for (size_t i = len < 8 ? 0 : len - 8; i < len; i++)
		sum = sum * 31 + (unsigned char)jwt[i];
	return &cache->places[sum % PLACES];
}

static void
forget_other_keys(struct token_cache *cache, unsigned long version)
{
	if (cache->version == version)
		return;
	for (size_t i = 0; i < PLACES; i++)
		vacate(&cache->places[i]);
	cache->version = version;
}

/* Both own it from now on. */
static struct token
share(const struct token *token)
{
	struct token copy = *token;

	copy.claims = json_object_get(token->claims);
	return copy;
}

struct token_cache *
token_cache_new(void)
{
	return calloc(1, sizeof(struct token_cache));
}

void
token_cache_free(struct token_cache *cache)
{
	if (cache == NULL)
		return;
	for (size_t i = 0; i < PLACES; i++)
		vacate(&cache->places[i]);
	free(cache);
}

bool
token_cache_find(struct token_cache *cache, unsigned long version, const char *jwt, int64_t now,
    struct token *token)
{
	const size_t len = strlen(jwt);
	struct place *place;

	if (cache == NULL)
		return false;
	forget_other_keys(cache, version);
	place = place_of(cache, jwt, len);
	/* The time it takes must not tell how much of a token is right. */
	if (place->jwt == NULL || strlen(place->jwt) != len || !secret_equal(place->jwt, jwt, len))
		return false;
	if (place->token.expires_at <= now) {
		vacate(place);
		return false;
	}
	*token = share(&place->token);
	return true;
}

void
token_cache_put(struct token_cache *cache, unsigned long version, const char *jwt,
    const struct token *token)
{
	const size_t len = strlen(jwt);
	struct place *place;

	if (cache == NULL || len > KEPT_LEN_MAX)
		return;
	forget_other_keys(cache, version);
	place = place_of(cache, jwt, len);
	vacate(place);
	if ((place->jwt = strdup(jwt)) != NULL)
		place->token = share(token);
}
