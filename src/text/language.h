/*
 * language: chooses one of the languages that there are by what a browser prefers.
 */
#ifndef BEARWARD_TEXT_LANGUAGE_H
#define BEARWARD_TEXT_LANGUAGE_H

#include <stdbool.h>
#include <stddef.h>

/* Whether text may name a language (RFC 5646): letters, then parts after '-': "de", "pt-BR". */
bool language_is_tag(const char *text);

/*
 * Returns the index of the language, among count tags, that suits an Accept-Language header best
 * (RFC 9110, section 12.5.4); of two that suit alike, the one that the header names first. "de-AT"
 * suits "de", and "pt" suits "pt-BR". Returns count when none suits. A range that is malformed is
 * skipped.
 */
size_t language_choose(const char *header, const char *const *tags, size_t count);

#endif
