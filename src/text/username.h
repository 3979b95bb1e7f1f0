/*
 * username: which names may be given to users, and what each is looked up by.
 *
 * The rules are those of protocol section 5.2: what PRECIS allows (RFC 8265), 1-64 code points
 * and at most 255 bytes after mapping, no ':' (HTTP Basic ends a name there). Users taken over
 * from elsewhere may have names these rules refuse; such a name is known by its exact spelling
 * and by nothing else, so it never coincides with the key of an allowed one.
 */
#ifndef BEARWARD_TEXT_USERNAME_H
#define BEARWARD_TEXT_USERNAME_H

#include "base/err.h"

/* Of a mapped name. */
enum { USERNAME_POINTS_MAX = 64, USERNAME_BYTES_MAX = 255 };

/*
 * The name as it is shown (UsernameCasePreserved); *shown is owned. ERR_REFUSED: today's rules do
 * not allow it. typed is valid UTF-8. On failure *shown is NULL.
 */
ERR_CHECKED enum err username_normalise(const char *typed, char **shown);

/*
 * What is unique, and what a sign-in looks up: the UsernameCaseMapped form where today's rules
 * allow the name, else its exact bytes; *key is owned. Refuses nothing; ERR_INTERNAL: out of
 * memory, *key is NULL.
 */
ERR_CHECKED enum err username_key(const char *typed, char **key);

#endif
