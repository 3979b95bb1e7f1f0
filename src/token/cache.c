/* token_cache: tokens verified a moment ago. */
#include "token/cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

/* 2048 in all, which take some 1.3 MiB. */
enum { ROWS = 128, PLACES = 16, KEPT_LEN_MAX = 1024 };

struct place {
	uint64_t mark;		/* make_mark() of jwt */
	uint64_t version;	/* of the keys it was verified with */
	struct token token;	/* owned */
	size_t len;
	char jwt[];		/* secret; without a NUL */
};

struct token_cache {
	uint64_t key[2];	/* of make_mark(), secret */
	pthread_mutex_t mutex;	/* over all rows */
	struct row {
		struct place *places[PLACES];	/* owned; NULL: free */
	} rows[ROWS];
};

static void
vacate(struct place **place)
{
	if (*place == NULL)
		return;
	token_clear(&(*place)->token);
	secret_wipe((*place)->jwt, (*place)->len);
	free(*place);
	*place = NULL;
}

/*
 * A number made of all of jwt and a random key: so where a token stands, and how soon another is
 * told from it, says nothing about what is in it.
 */
static uint64_t
make_mark(const struct token_cache *cache, const char *jwt, size_t len)
{
	uint64_t mark = cache->key[0] ^ len, word = 0;

	for (size_t i = 0; i < len; i += sizeof(word)) {
		memcpy(&word, jwt + i, len - i < sizeof(word) ? len - i : sizeof(word));
		mark = (mark ^ word) * (cache->key[1] | 1);
		mark ^= mark >> 32;
	}
	return mark;
}

static struct place *
new_place(uint64_t mark, uint64_t version, const char *jwt, size_t len,
    const struct token *token)
{
	struct place *place = malloc(sizeof(*place) + len);

	if (place == NULL || token_copy(token, &place->token) != ERR_OK) {
		free(place);
		return NULL;
	}
	place->mark = mark;
	place->version = version;
	place->len = len;
	memcpy(place->jwt, jwt, len);
	return place;
}

struct token_cache *
token_cache_new(void)
{
	struct token_cache *cache = calloc(1, sizeof(*cache));

	if (cache == NULL || secret_random(cache->key, sizeof(cache->key)) != ERR_OK) {
		free(cache);
		return NULL;
	}
	(void)pthread_mutex_init(&cache->mutex, NULL);
	return cache;
}

void
token_cache_free(struct token_cache *cache)
{
	if (cache == NULL)
		return;
	for (size_t i = 0; i < ROWS * PLACES; i++)
		vacate(&cache->rows[i / PLACES].places[i % PLACES]);
	(void)pthread_mutex_destroy(&cache->mutex);
	secret_wipe(cache->key, sizeof(cache->key));
	free(cache);
}

/* NULL: not there. */
static struct place **
find(struct row *row, uint64_t mark, const char *jwt, size_t len)
{
	for (size_t i = 0; i < PLACES; i++) {
		const struct place *place = row->places[i];

		if (place != NULL && place->mark == mark && place->len == len &&
		    secret_equal(place->jwt, jwt, len))
			return &row->places[i];
	}
	return NULL;
}

/* A free one, or that of the token that expires first. */
static struct place **
choose(struct row *row)
{
	struct place **chosen = &row->places[0];

	for (size_t i = 0; i < PLACES; i++) {
		struct place **at = &row->places[i];

		if (*at == NULL)
			return at;
		if ((*at)->token.expires_at < (*chosen)->token.expires_at)
			chosen = at;
	}
	return chosen;
}

bool
token_cache_find(struct token_cache *cache, uint64_t version, const char *jwt, int64_t now,
    struct token *token)
{
	const size_t len = strlen(jwt);
	bool is_found = false;
	struct place **at;
	uint64_t mark;

	if (cache == NULL || len > KEPT_LEN_MAX)
		return false;
	mark = make_mark(cache, jwt, len);
	(void)pthread_mutex_lock(&cache->mutex);
	if ((at = find(&cache->rows[mark % ROWS], mark, jwt, len)) != NULL) {
		if ((*at)->version != version || (*at)->token.expires_at <= now)
			vacate(at);
		else
			is_found = token_copy(&(*at)->token, token) == ERR_OK;
	}
	(void)pthread_mutex_unlock(&cache->mutex);
	return is_found;
}

void
token_cache_put(struct token_cache *cache, uint64_t version, const char *jwt,
    const struct token *token)
{
	const size_t len = strlen(jwt);
	struct place *fresh, **at;
	struct row *row;
	uint64_t mark;

	if (cache == NULL || len > KEPT_LEN_MAX)
		return;
	mark = make_mark(cache, jwt, len);
	if ((fresh = new_place(mark, version, jwt, len, token)) == NULL)
		return;
	row = &cache->rows[mark % ROWS];
	(void)pthread_mutex_lock(&cache->mutex);
	/* Another thread may have been quicker with the same. */
	if ((at = find(row, mark, jwt, len)) == NULL)
		at = choose(row);
	vacate(at);
	*at = fresh;
	(void)pthread_mutex_unlock(&cache->mutex);
}
