/* hash_kinds: how many users have a hash of each kind, and which is computed for nobody. */
#include "hash/kinds.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"

#define FIRST_LINE "bearward hash kinds 1\n"

/* Of a kind: the end of a line, 20 digits, a space and the name. */
enum { KIND_LEN_MAX = 1 + 20 + 1 + PASSWORD_KIND_SIZE };

_Static_assert(sizeof(FIRST_LINE) + 2 * (size_t)HASH_KINDS_KEY_LEN + 1 +
    (size_t)HASH_KINDS_MAX * KIND_LEN_MAX < (size_t)HASH_KINDS_TEXT_SIZE, "the text fits");
_Static_assert((int)PASSWORD_KIND_SIZE == 48, "sscanf() below reads 47 characters");

/* Counts users more of a kind; the kinds stay in order. */
static void
add(struct hash_kinds *kinds, const char *name, uint64_t users)
{
	size_t at = 0;

	while (at < kinds->count && strcmp(kinds->kinds[at].name, name) < 0)
		at++;
	if (kinds->count == HASH_KINDS_MAX) {
		at -= at == kinds->count;
	} else if (at == kinds->count || strcmp(kinds->kinds[at].name, name) != 0) {
		memmove(&kinds->kinds[at + 1], &kinds->kinds[at],
		    (kinds->count - at) * sizeof(kinds->kinds[0]));
		kinds->count++;
		kinds->kinds[at].users = 0;
		snprintf(kinds->kinds[at].name, sizeof(kinds->kinds[at].name), "%s", name);
	}
	kinds->kinds[at].users += users;
}

void
hash_kinds_add(struct hash_kinds *kinds, const char *stored)
{
	char name[PASSWORD_KIND_SIZE];

	if (password_kind(stored, name))
		add(kinds, name, 1);
}

/* Gives a number from 0 up to 1 that stays the same for a name, and that only the key tells. */
static enum err
find_place(const struct hash_kinds *kinds, const char *name, double *place)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	uint64_t number;

	if (HMAC(EVP_sha256(), kinds->key, sizeof(kinds->key), (const unsigned char *)name,
	    strlen(name), digest, NULL) == NULL)
		return ERR_INTERNAL;
	memcpy(&number, digest, sizeof(number));
	/* 53 bits are what a double holds. */
	*place = (double)(number >> 11) / (double)(UINT64_C(1) << 53);
	return ERR_OK;
}

enum err
hash_kinds_choose(const struct hash_kinds *kinds, const char *name,
    char kind[PASSWORD_KIND_SIZE])
{
	double place, total = 0, below = 0;
	enum err err;

	kind[0] = '\0';
	if ((err = find_place(kinds, name, &place)) != ERR_OK)
		return err;
	for (size_t i = 0; i < kinds->count; i++)
		total += (double)kinds->kinds[i].users;
	for (size_t i = 0; i < kinds->count; i++) {
		below += (double)kinds->kinds[i].users;
		if (place * total < below) {
			memcpy(kind, kinds->kinds[i].name, PASSWORD_KIND_SIZE);
			break;
		}
	}
	return ERR_OK;
}

size_t
hash_kinds_format(const struct hash_kinds *kinds, char text[HASH_KINDS_TEXT_SIZE])
{
	size_t len = (size_t)snprintf(text, HASH_KINDS_TEXT_SIZE, FIRST_LINE);

	for (size_t i = 0; i < sizeof(kinds->key); i++)
		len += (size_t)snprintf(text + len, HASH_KINDS_TEXT_SIZE - len, "%02x",
		    kinds->key[i]);
	for (size_t i = 0; i < kinds->count; i++)
		len += (size_t)snprintf(text + len, HASH_KINDS_TEXT_SIZE - len,
		    "\n%" PRIu64 " %s", kinds->kinds[i].users, kinds->kinds[i].name);
	len += (size_t)snprintf(text + len, HASH_KINDS_TEXT_SIZE - len, "\n");
	return len;
}

/* Reads the key in hex, up to the end of its line. */
static bool
parse_key(const char *text, unsigned char key[HASH_KINDS_KEY_LEN])
{
	if (strspn(text, "0123456789abcdef") != 2 * HASH_KINDS_KEY_LEN ||
	    text[2 * HASH_KINDS_KEY_LEN] != '\n')
		return false;
	for (size_t i = 0; i < HASH_KINDS_KEY_LEN; i++)
		if (sscanf(text + 2 * i, "%2hhx", &key[i]) != 1)
			return false;
	return true;
}

bool
hash_kinds_parse(const char *text, struct hash_kinds *kinds)
{
	const size_t first_len = sizeof(FIRST_LINE) - 1;

	*kinds = (struct hash_kinds){0};
	if (strncmp(text, FIRST_LINE, first_len) != 0 || !parse_key(text + first_len, kinds->key))
		return false;
	text += first_len + 2 * HASH_KINDS_KEY_LEN + 1;
	while (*text != '\0') {
		char name[PASSWORD_KIND_SIZE];
		uint64_t users;
		int len = 0;

		if (sscanf(text, "%12" SCNu64 " %47[^ \n]%n", &users, name, &len) != 2 ||
		    text[len] != '\n' || kinds->count == HASH_KINDS_MAX)
			return false;
		add(kinds, name, users);
		text += len + 1;
	}
	return true;
}
