/*
 * scope: three lists, a line each. A valid one is its tokens, joined again; and what is narrowed
 * is what both sides have, in the order that was asked for.
 */
#include "fuzz.h"

#include "text/scope.h"

enum { LISTS = 3, TOKENS_MAX = SCOPE_LEN_MAX };

struct list {
	char text[SCOPE_LEN_MAX + 1];
	const char *tokens[TOKENS_MAX];		/* borrowed from text, cut at its spaces */
	size_t count;
};

/* Cuts a valid list into its tokens, by another hand than ours. */
static void
cut(struct list *list, const char *text)
{
	char *rest = strcpy(list->text, text), *token;

	list->count = 0;
	while ((token = strsep(&rest, " ")) != NULL)
		if (*token != '\0')
			list->tokens[list->count++] = token;
}

static bool
has(const struct list *list, const char *token)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->tokens[i], token) == 0)
			return true;
	return false;
}

static void
join(const struct list *list, const struct list *a, const struct list *b, char *out)
{
	*out = '\0';
	for (size_t i = 0; i < list->count; i++) {
		if (a != NULL && !has(a, list->tokens[i]) && !has(b, list->tokens[i]))
			continue;
		if (*out != '\0')
			strcat(out, " ");
		strcat(out, list->tokens[i]);
	}
}

static void
check_valid(const char *text, const struct list *list)
{
	char joined[SCOPE_LEN_MAX + 1];

	assert(strlen(text) <= SCOPE_LEN_MAX && list->count <= SCOPE_TOKENS_MAX);
	assert(scope_count(text) == list->count);
	join(list, NULL, NULL, joined);
	assert(strcmp(joined, text) == 0);
	for (const char *c = text; *c != '\0'; c++)
		assert(*c >= 0x20 && *c <= 0x7e && *c != '"' && *c != '\\');
	for (size_t i = 0; i < list->count; i++)
		assert(scope_has(text, list->tokens[i]));
	assert(!scope_has(text, ""));
	assert(scope_is_within(text, text, NULL) && scope_is_within(text, NULL, text));
}

static void
check_narrowed(char *const *texts, const struct list *lists)
{
	char expected[SCOPE_LEN_MAX + 1], narrowed[SCOPE_LEN_MAX + 1];
	bool is_within = true;

	for (size_t i = 0; i < lists[0].count; i++)
		is_within = is_within && (has(&lists[1], lists[0].tokens[i]) ||
		    has(&lists[2], lists[0].tokens[i]));
	assert(scope_is_within(texts[0], texts[1], texts[2]) == is_within);

	join(&lists[0], &lists[1], &lists[2], expected);
	strcpy(narrowed, texts[0]);
	scope_narrow(narrowed, texts[1], texts[2]);
	assert(strcmp(narrowed, expected) == 0);
	assert(scope_is_valid(narrowed) && scope_is_within(narrowed, texts[1], texts[2]));
	assert(scope_share(texts[0], texts[1]) == scope_share(texts[1], texts[0]));
}

static void
check_appended(char *const *texts)
{
	char list[SCOPE_LEN_MAX + 1], expected[2 * SCOPE_LEN_MAX + 2];

	strcpy(list, texts[0]);
	snprintf(expected, sizeof(expected), "%s%s%s", texts[0],
	    *texts[0] != '\0' && *texts[1] != '\0' ? " " : "", texts[1]);
	if (scope_append(list, texts[1]))
		assert(strcmp(list, expected) == 0 && scope_is_valid(list));
	else
		assert(strcmp(list, texts[0]) == 0 && !scope_is_valid(expected));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *rest = text, *texts[LISTS];
	struct list *lists = calloc(LISTS, sizeof(*lists));
	bool is_valid = true;

	assert(lists != NULL);
	for (size_t i = 0; i < LISTS; i++) {
		texts[i] = rest == NULL ? "" : strsep(&rest, "\n");
		if (!scope_is_valid(texts[i])) {
			is_valid = false;
			continue;
		}
		cut(&lists[i], texts[i]);
		check_valid(texts[i], &lists[i]);
	}
	if (is_valid) {
		check_narrowed(texts, lists);
		check_appended(texts);
	}
	free(lists);
	free(text);
	return 0;
}
