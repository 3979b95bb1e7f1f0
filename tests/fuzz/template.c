/*
 * template: a template, and behind a NUL byte a value and an Accept-Language header. What is
 * accepted is rendered, and the value is never there unescaped, nor more often than lists of two
 * can make it; what is refused has a line and words. A language is chosen only if the header has
 * its letters.
 */
#include "fuzz.h"

#include "text/language.h"
#include "text/template.h"

/*
 * Every name has the same value, or is the phrase that is parsed from it, or a list: of two items,
 * each of which has one of a further two; the innermost have none.
 */
struct given {
	const char *text;
	const struct template *phrase;
};

static struct template_value
find(const void *handle, const void *item, const char *name)
{
	static const int outer[2], inner[2];
	static const void *const outer_list[] = { &outer[0], &outer[1], NULL };
	static const void *const inner_list[] = { &inner[0], &inner[1], NULL };
	const struct given *given = handle;

	if (*name == 'l' && item == NULL)
		return (struct template_value){ .items = outer_list };
	if (*name == 'l' && (item == &outer[0] || item == &outer[1]))
		return (struct template_value){ .items = inner_list };
	if (*name == 'l' || (item != NULL && *name == 'o'))
		return (struct template_value){0};
	if (*name == 'p')
		return (struct template_value){ .phrase = given->phrase };
	return (struct template_value){ .text = *name == 'e' ? "" : given->text };
}

static void
check_language(const char *header)
{
	static const char *const tags[] = { "en", "de", "pt-BR" };
	const size_t chosen = language_choose(header, tags, 3);

	assert(chosen <= 3);
	assert(chosen == 3 || strcasestr(header, chosen == 2 ? "pt" : tags[chosen]) != NULL);
}

static void
check_names(const struct template *template)
{
	const char *name;
	long line, before = 1;

	for (size_t i = 0; (name = template_find_name(template, i, &line)) != NULL; i++) {
		assert(*name != '\0' && strlen(name) < TEMPLATE_NAME_SIZE && line >= before);
		before = line;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *made;
	const size_t len = strlen(text);
	const char *value = len < size ? text + len + 1 : "";
	struct template *template, *phrase;
	struct template_fault fault = {0};
	struct given given = { .text = "<\"'>" };
	const struct template_source source = { find, &given };

	check_language(value);
	if (template_parse(value, &phrase, &fault) != ERR_OK)
		phrase = NULL;
	given.phrase = phrase;
	if (template_parse(text, &template, &fault) == ERR_OK) {
		check_names(template);
		assert(template_render(template, &source, &made) == ERR_OK);
		assert(strstr(made, given.text) == NULL || strpbrk(text, given.text) != NULL);
		assert(strstr(text, "{{") != NULL || strcmp(text, made) == 0);
		assert(strlen(made) <= 4 * len * (20 + 20 * strlen(value)));
		free(made);
	} else {
		assert(template == NULL && fault.line >= 1 && *fault.words != '\0');
	}
	template_free(template);
	template_free(phrase);
	free(text);
	return 0;
}
