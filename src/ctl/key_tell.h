/*
 * key_tell: tells in words what happens when with a key, and what that is to programs that check
 * tokens.
 */
#ifndef BEARWARD_CTL_KEY_TELL_H
#define BEARWARD_CTL_KEY_TELL_H

#include "ctl/known_keys.h"

/*
 * Time that programs need to see a public key: they may keep the JWKS for max-age, and ask again
 * only so much later.
 */
enum { KEY_TELL_JWKS_KEPT_FOR = 300, KEY_TELL_JWKS_SEEN_AFTER = 2 * KEY_TELL_JWKS_KEPT_FOR };

/* Prints what a key that was just "made" or "imported" does when, and who has to know of it. */
void key_tell_of_new(const struct ctl *ctl, const struct known_keys *known,
    const struct known_key *key, const char *verb);

/*
 * Prints what has become of the tokens of a key that was removed, which is one of those before it
 * was; NULL: it is not known what it did.
 */
void key_tell_of_removed(const struct known_keys *before, const struct known_key *key,
    const char *kid);

/* Prints which key signs after one was removed; likewise. */
void key_tell_who_signs(const struct known_keys *known, const struct known_key *removed);

/* Prints lines for check-config: which key signs, and what is worth a note. */
void key_tell_in_use(struct ctl *ctl, const struct known_keys *known);

/* Prints that a key was removed because its time was over; for manage_remove_gone_keys(). */
void key_tell_of_gone(const char *kid, void *unused);

#endif
