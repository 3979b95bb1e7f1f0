/*
 * pages_words, internal to config/: the words of pages, in each language that there is.
 */
#ifndef BEARWARD_CONFIG_PAGES_WORDS_H
#define BEARWARD_CONFIG_PAGES_WORDS_H

#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "text/template.h"

enum { PAGES_LANGUAGES_MAX = 64 };

/* The language that has every word, and stands in for the others. */
#define PAGES_LANGUAGE "en"

struct pages_word {
	char *key;			/* owned */
	struct template *phrase;	/* owned */
	const char *first, *last;	/* borrowed: directories of files that have this key */
	long line;			/* in the last one */
};

struct pages_words {
	char *languages[PAGES_LANGUAGES_MAX];	/* owned: their tags */
	struct {
		struct pages_word *list;	/* owned */
		size_t count;
	} of[PAGES_LANGUAGES_MAX];
	size_t count;
};

/*
 * Reads a file of lines `key = text` as words of a language; one that is there already is
 * replaced. dir, which is borrowed, is where it was found. Returns ERR_REFUSED, with *fault filled
 * in, or ERR_MEMORY.
 */
ERR_CHECKED enum err pages_words_read(struct pages_words *words, const char *language,
    const char *dir, FILE *file, struct template_fault *fault);

/* Returns the index of a language, or the count of all where there is none of that tag. */
size_t pages_words_language(const struct pages_words *words, const char *language);

/* Returns the word of a language itself, borrowed, or NULL. */
const struct pages_word *pages_words_get(const struct pages_words *words, size_t language,
    const char *key);

/* Returns the phrase of a language, or else that of PAGES_LANGUAGE, borrowed, or NULL. */
const struct template *pages_words_find(const struct pages_words *words, size_t language,
    const char *key);

/* Frees what it owns. */
void pages_words_clear(struct pages_words *words);

#endif
