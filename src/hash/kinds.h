/*
 * hash_kinds: how many users have a hash of each kind, and which kind is computed for a name that
 * nobody has.
 *
 * Hashes of different kinds take different times. If a sign-in with an unknown name always took
 * the time of one kind, the time of any other would tell that there is such a user. So each kind
 * is computed for as large a share of the unknown names as it has of the users. A keyed hash of
 * the name chooses, so a name keeps its kind. When shares change a little, few names change.
 */
#ifndef BEARWARD_HASH_KINDS_H
#define BEARWARD_HASH_KINDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "hash/password.h"

enum { HASH_KINDS_MAX = 64, HASH_KINDS_KEY_LEN = 32, HASH_KINDS_TEXT_SIZE = 8192 };

struct hash_kinds {
	unsigned char key[HASH_KINDS_KEY_LEN];	/* secret, of the keyed hash */
	size_t count;
	struct hash_kind {
		char name[PASSWORD_KIND_SIZE];
		uint64_t users;
	} kinds[HASH_KINDS_MAX];		/* in the order of their names */
};

/*
 * Counts a stored hash. One that no password is right for does not count. A kind for which there
 * is no more room counts as one that stands next to it in the order of names: a program that gives
 * each hash another number of rounds makes many kinds, of nearly the same cost.
 */
void hash_kinds_add(struct hash_kinds *kinds, const char *stored);

/*
 * Chooses the kind for a name: "" when nothing has been counted. Returns ERR_INTERNAL, with "",
 * when OpenSSL fails.
 */
ERR_CHECKED enum err hash_kinds_choose(const struct hash_kinds *kinds, const char *name,
    char kind[PASSWORD_KIND_SIZE]);

/* Writes kinds as text, with the key, which hash_kinds_parse() reads. Returns its length. */
size_t hash_kinds_format(const struct hash_kinds *kinds, char text[HASH_KINDS_TEXT_SIZE]);

/* Reads what hash_kinds_format() wrote. Returns false for any other text; kinds is undefined. */
bool hash_kinds_parse(const char *text, struct hash_kinds *kinds);

#endif
