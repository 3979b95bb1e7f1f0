/*
 * precis_words, internal to text/: says what kind of character a PRECIS string class refuses.
 *
 * The words name a kind with an example that people know, never the character itself, so that they
 * can be shown of a password.
 */
#ifndef BEARWARD_TEXT_PRECIS_WORDS_H
#define BEARWARD_TEXT_PRECIS_WORDS_H

#include <stdint.h>

/* Returns what a code point is that a class refuses, static: "a control character, ...". */
const char *precis_words_of(uint32_t code_point);

#endif
