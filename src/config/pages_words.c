/* pages_words: the words of pages, in each language that there is. */
#include "config/pages_words.h"

#include <stdlib.h>
#include <string.h>

#include "config/file.h"
#include "text/language.h"

static enum err
refuse(struct template_fault *fault, long line, const char *words)
{
	fault->line = line;
	snprintf(fault->words, sizeof(fault->words), "%s", words);
	return ERR_REFUSED;
}

static struct pages_word *
find(const struct pages_words *words, size_t language, const char *key)
{
	for (size_t i = 0; language < words->count && i < words->of[language].count; i++)
		if (strcmp(words->of[language].list[i].key, key) == 0)
			return &words->of[language].list[i];
	return NULL;
}

/* Finds a word, or makes one without a phrase; NULL without memory. */
static struct pages_word *
find_or_add(struct pages_words *words, size_t language, const char *key)
{
	struct pages_word *word = find(words, language, key), *list;
	const size_t count = words->of[language].count;

	if (word != NULL)
		return word;
	list = reallocarray(words->of[language].list, count + 1, sizeof(*list));
	if (list == NULL)
		return NULL;
	words->of[language].list = list;
	list[count] = (struct pages_word){ .key = strdup(key) };
	if (list[count].key == NULL)
		return NULL;
	words->of[language].count++;
	return &list[count];
}

static enum err
add_language(struct pages_words *words, const char *language, size_t *index)
{
	*index = pages_words_language(words, language);
	if (*index < words->count)
		return ERR_OK;
	if ((words->languages[words->count] = strdup(language)) == NULL)
		return ERR_MEMORY;
	words->count++;
	return ERR_OK;
}

static enum err
take_line(struct pages_words *words, size_t language, const char *dir,
    const struct config_line *line, struct template_fault *fault)
{
	struct pages_word *word;
	struct template *phrase;	/* owned */
	enum err err;

	if (line->fault != NULL)
		return refuse(fault, (long)line->number, line->fault);
	if (strspn(line->key, "abcdefghijklmnopqrstuvwxyz0123456789_") < strlen(line->key) ||
	    strlen(line->key) >= TEMPLATE_NAME_SIZE)
		return refuse(fault, (long)line->number,
		    "expected a key of small letters, digits and _");
	if ((err = template_parse(line->value, &phrase, fault)) != ERR_OK) {
		fault->line = (long)line->number;
		return err;
	}
	if ((word = find_or_add(words, language, line->key)) == NULL) {
		template_free(phrase);
		return ERR_MEMORY;
	}
	template_free(word->phrase);
	word->phrase = phrase;
	word->first = word->first == NULL ? dir : word->first;
	word->last = dir;
	word->line = (long)line->number;
	return ERR_OK;
}

enum err
pages_words_read(struct pages_words *words, const char *language, const char *dir,
    FILE *file, struct template_fault *fault)
{
	struct config_line line = {0};
	size_t index;
	enum err err;

	if (!language_is_tag(language))
		return refuse(fault, 0, "its name is no language, as en or pt-BR are");
	if (words->count == PAGES_LANGUAGES_MAX)
		return refuse(fault, 0, "there are too many languages");
	if ((err = add_language(words, language, &index)) != ERR_OK)
		return err;
	while (config_file_next(file, &line))
		if ((err = take_line(words, index, dir, &line, fault)) != ERR_OK)
			return err;
	return ERR_OK;
}

size_t
pages_words_language(const struct pages_words *words, const char *language)
{
	size_t i = 0;

	while (i < words->count && strcmp(words->languages[i], language) != 0)
		i++;
	return i;
}

const struct pages_word *
pages_words_get(const struct pages_words *words, size_t language, const char *key)
{
	return find(words, language, key);
}

const struct template *
pages_words_find(const struct pages_words *words, size_t language, const char *key)
{
	const struct pages_word *word = find(words, language, key);

	if (word == NULL)
		word = find(words, pages_words_language(words, PAGES_LANGUAGE), key);
	return word == NULL ? NULL : word->phrase;
}

void
pages_words_clear(struct pages_words *words)
{
	for (size_t i = 0; i < words->count; i++) {
		for (size_t j = 0; j < words->of[i].count; j++) {
			free(words->of[i].list[j].key);
			template_free(words->of[i].list[j].phrase);
		}
		free(words->of[i].list);
		free(words->languages[i]);
	}
	words->count = 0;
}
