/*
 * token_cache: remembers tokens that were verified a moment ago, so that the signature of a token
 * shown with every request is checked once.
 *
 * All threads of a process share one cache. It holds some 2000 whole tokens, not digests of them;
 * where there is no room for another, the one that expires first is dropped. A token that has
 * expired, or was verified with other keys, is not found. The cache does not know what is stored
 * about the user; callers ask for that each time.
 */
#ifndef BEARWARD_TOKEN_CACHE_H
#define BEARWARD_TOKEN_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "token/token.h"

struct token_cache;

/*
 * Makes an empty cache: owned, released with token_cache_free(). Returns NULL when there is no
 * memory; the functions below then do nothing.
 */
struct token_cache *token_cache_new(void);

/* Wipes every token, and frees the cache. Accepts NULL. */
void token_cache_free(struct token_cache *cache);

/*
 * Returns whether jwt was verified with the keys of that version (keys_version()) and has not
 * expired by now (seconds since 1970). If so, token receives what token_verify() made of it, and
 * ends with token_clear().
 */
bool token_cache_find(struct token_cache *cache, uint64_t version, const char *jwt, int64_t now,
    struct token *token);

/* Keeps a copy of a token that has just been verified, unless jwt is longer than 1024 bytes. */
void token_cache_put(struct token_cache *cache, uint64_t version, const char *jwt,
    const struct token *token);

#endif
