/*
 * token_cache: tokens verified a moment ago, so that whoever shows one with every request pays for
 * the signature once.
 *
 * All threads of a process share one. It holds some 2000 whole tokens, not digests of them; where
 * there is no room for another, the one that expires first is forgotten. What has expired or was
 * verified with other keys is not found. What is stored about the user is not known here; callers
 * ask for that anew each time.
 */
#ifndef BEARWARD_TOKEN_CACHE_H
#define BEARWARD_TOKEN_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "token/token.h"

struct token_cache;

/* NULL: no memory; the functions below then do nothing. Owned: token_cache_free(). */
struct token_cache *token_cache_new(void);

/* Wipes every token. Accepts NULL. */
void token_cache_free(struct token_cache *cache);

/*
 * Whether jwt was verified with the keys of that version (keyring_get_version()) and has not
 * expired by now (seconds since 1970). token is then what token_verify() made of it, and ends with
 * token_clear() all the same.
 */
bool token_cache_find(struct token_cache *cache, uint64_t version, const char *jwt, int64_t now,
    struct token *token);

/* Keeps a token that has just been verified; a long one is not kept. */
void token_cache_put(struct token_cache *cache, uint64_t version, const char *jwt,
    const struct token *token);

#endif
