/*
 * lookalike: tells whether two names look alike to a person.
 *
 * Letters of other scripts that look like a small Latin letter or a digit count as that one:
 * Cyrillic, Greek, Armenian, Cherokee, Lisu and Coptic ones, small capitals and dotless letters.
 * Marks (accents, dots) count for nothing; i, l and 1 are one, 0 is o, rn is m, vv is w. The table
 * is a choice of our own, in the manner of Unicode's UTS #39 and far from complete: it is meant
 * for a few reserved names, not to keep all users' names apart.
 */
#ifndef BEARWARD_TEXT_LOOKALIKE_H
#define BEARWARD_TEXT_LOOKALIKE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * Tells whether a name in its case-mapped form looks like one of the words of a list, which are
 * separated by spaces. Returns ERR_MEMORY, with *is_listed true, when memory is out.
 */
ERR_CHECKED enum err lookalike_is_listed(const char *name, const char *list, bool *is_listed);

#endif
