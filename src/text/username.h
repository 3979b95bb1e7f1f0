/*
 * username: which names users may have, and what each is looked up by.
 *
 * Today's rules are those of protocol section 5.2: PRECIS allows the name (RFC 8265), it has 1-254
 * code points and at most 255 bytes after mapping, no ':' (HTTP Basic ends a name there), and is
 * not '.' or '..', which paths take for something else.
 * Users taken over from elsewhere may have names that these rules refuse. Such a name is looked
 * up by its exact bytes only, so it never coincides with the key of an allowed one.
 */
#ifndef BEARWARD_TEXT_USERNAME_H
#define BEARWARD_TEXT_USERNAME_H

#include <stdbool.h>

#include "base/err.h"
#include "text/faults.h"

/* Limits of a mapped name. */
enum { USERNAME_POINTS_MAX = 254, USERNAME_BYTES_MAX = 255 };

/* A name that today's rules allow, in its two forms. */
struct username {
	char *shown;	/* owned: the name as users see it, UsernameCasePreserved */
	char *key;	/* owned: unique, and what a sign-in looks up, UsernameCaseMapped */
};

/*
 * Prepares both forms of a name that was typed, in valid UTF-8. The caller clears them with
 * username_clear(). Returns ERR_REFUSED when today's rules do not allow the name, ERR_MEMORY
 * when memory is out; both forms are NULL then.
 */
ERR_CHECKED enum err username_prepare(const char *typed, struct username *name);

/*
 * Adds to faults, with the field "username", why username_prepare() refuses a name, in words that
 * name a character that is not allowed. Returns ERR_FIELDS then, ERR_OK when the name is allowed,
 * and ERR_MEMORY when memory is out.
 */
ERR_CHECKED enum err username_explain(const char *typed, struct faults *faults);

/* Frees both forms and sets them to NULL. */
void username_clear(struct username *name);

/*
 * Gives the key that a typed name is looked up by: its UsernameCaseMapped form where today's rules
 * allow the name, else its exact bytes. The caller frees *key. Returns ERR_MEMORY, with *key
 * NULL, when memory is out; refuses no name.
 */
ERR_CHECKED enum err username_key(const char *typed, char **key);

/*
 * Tells whether text is the name that key stands for, in whatever case, width or normal form. The
 * text may be a password: what is made of it is wiped. Returns ERR_MEMORY, with *is_same false,
 * when memory is out.
 */
ERR_CHECKED enum err username_compare(const char *text, const char *key, bool *is_same);

#endif
