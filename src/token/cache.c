/* token_cache: remembers tokens that were verified a moment ago. */
#include "token/cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

/* 2048 entries in all, which take some 1.3 MiB. */
enum { BUCKETS = 128, BUCKET_SIZE = 16, KEPT_LEN_MAX = 1024 };

struct entry {
	uint64_t hash;		/* hash() of jwt */
	uint64_t version;	/* of the keys it was verified with */
	struct token token;	/* owned */
	size_t len;
	char jwt[];		/* secret; without a NUL */
};

struct token_cache {
	uint64_t key[2];	/* of hash(), secret */
	pthread_mutex_t mutex;	/* over all buckets */
	struct bucket {
		struct entry *entries[BUCKET_SIZE];	/* owned; NULL: free */
	} buckets[BUCKETS];
};

/* Wipes and frees an entry. Accepts NULL. */
static void
free_entry(struct entry *entry)
{
	if (entry == NULL)
		return;
	token_clear(&entry->token);
	secret_wipe(entry->jwt, entry->len);
	free(entry);
}

/*
 * Returns a keyed hash of all of jwt: which bucket a token is in, and how soon another is told
 * from it, says nothing about what is in it.
 */
static uint64_t
hash(const struct token_cache *cache, const char *jwt, size_t len)
{
	uint64_t sum = cache->key[0] ^ len, word = 0;

	for (size_t i = 0; i < len; i += sizeof(word)) {
		memcpy(&word, jwt + i, len - i < sizeof(word) ? len - i : sizeof(word));
		sum = (sum ^ word) * (cache->key[1] | 1);
		sum ^= sum >> 32;
	}
	return sum;
}

static struct entry *
new_entry(uint64_t hashed, uint64_t version, const char *jwt, size_t len,
    const struct token *token)
{
	struct entry *entry = malloc(sizeof(*entry) + len);

	if (entry == NULL || token_copy(token, &entry->token) != ERR_OK) {
		free(entry);
		return NULL;
	}
	entry->hash = hashed;
	entry->version = version;
	entry->len = len;
	memcpy(entry->jwt, jwt, len);
	return entry;
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
	for (size_t i = 0; i < BUCKETS; i++)
		for (size_t j = 0; j < BUCKET_SIZE; j++)
			free_entry(cache->buckets[i].entries[j]);
	(void)pthread_mutex_destroy(&cache->mutex);
	secret_wipe(cache->key, sizeof(cache->key));
	free(cache);
}

/* Returns where in a bucket the entry of jwt is, or NULL. */
static struct entry **
find(struct bucket *bucket, uint64_t hashed, const char *jwt, size_t len)
{
	for (size_t i = 0; i < BUCKET_SIZE; i++) {
		const struct entry *entry = bucket->entries[i];

		if (entry != NULL && entry->hash == hashed && entry->len == len &&
		    secret_equal(entry->jwt, jwt, len))
			return &bucket->entries[i];
	}
	return NULL;
}

/* Returns where in a bucket there is room, or the entry of the token that expires first. */
static struct entry **
choose(struct bucket *bucket)
{
	struct entry **chosen = &bucket->entries[0];

	for (size_t i = 0; i < BUCKET_SIZE; i++) {
		struct entry **entry = &bucket->entries[i];

		if (*entry == NULL)
			return entry;
		if ((*entry)->token.expires_at < (*chosen)->token.expires_at)
			chosen = entry;
	}
	return chosen;
}

bool
token_cache_find(struct token_cache *cache, uint64_t version, const char *jwt, int64_t now,
    struct token *token)
{
	const size_t len = strlen(jwt);
	bool is_found = false;
	struct entry **entry;
	uint64_t hashed;

	if (cache == NULL || len > KEPT_LEN_MAX)
		return false;
	hashed = hash(cache, jwt, len);
	(void)pthread_mutex_lock(&cache->mutex);
	entry = find(&cache->buckets[hashed % BUCKETS], hashed, jwt, len);
	if (entry != NULL && ((*entry)->version != version || (*entry)->token.expires_at <= now)) {
		free_entry(*entry);
		*entry = NULL;
	} else if (entry != NULL) {
		is_found = token_copy(&(*entry)->token, token) == ERR_OK;
	}
	(void)pthread_mutex_unlock(&cache->mutex);
	return is_found;
}

void
token_cache_put(struct token_cache *cache, uint64_t version, const char *jwt,
    const struct token *token)
{
	const size_t len = strlen(jwt);
	struct entry *fresh, **entry;
	struct bucket *bucket;
	uint64_t hashed;

	if (cache == NULL || len > KEPT_LEN_MAX)
		return;
	hashed = hash(cache, jwt, len);
	if ((fresh = new_entry(hashed, version, jwt, len, token)) == NULL)
		return;
	bucket = &cache->buckets[hashed % BUCKETS];
	(void)pthread_mutex_lock(&cache->mutex);
	/* Another thread may have been quicker with the same. */
	if ((entry = find(bucket, hashed, jwt, len)) == NULL)
		entry = choose(bucket);
	free_entry(*entry);
	*entry = fresh;
	(void)pthread_mutex_unlock(&cache->mutex);
}
