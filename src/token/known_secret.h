/*
 * known_secret: tells secrets that anyone could have, because they are published, or trivial. For
 * this room alone.
 */
#ifndef BEARWARD_TOKEN_KNOWN_SECRET_H
#define BEARWARD_TOKEN_KNOWN_SECRET_H

#include <stddef.h>

/*
 * Returns NULL for a secret of len bytes of which nothing is known, or why anyone could have it
 * and what to do about that; static. Letters count in any case.
 */
const char *known_secret_find_fault(const char *secret, size_t len);

#endif
