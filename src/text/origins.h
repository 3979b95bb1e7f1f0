/*
 * origins: a list of web origins, separated by single spaces, or "*" for any (RFC 6454, section
 * 6.2; protocol section 1.15).
 *
 * Browsers send an origin in one spelling: small letters, no path, no default port. An origin in
 * another spelling would never be met, so it is a fault.
 */
#ifndef BEARWARD_TEXT_ORIGINS_H
#define BEARWARD_TEXT_ORIGINS_H

#include <stdbool.h>
#include <stddef.h>

/* Returns what is wrong with a list, in words with the right form (static), or NULL. */
const char *origins_find_fault(const char *list);

/* Returns true when list is "*". */
bool origins_are_any(const char *list);

/* Returns the place of origin in list, with its length in *len; NULL when it is not there. */
const char *origins_find(const char *list, const char *origin, size_t *len);

#endif
