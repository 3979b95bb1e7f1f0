/* tree_apache: reads a configuration of Apache. */
#include "ctl/doctor/tree.h"

#include <string.h>

/* Reads a word of a line, which may go on behind a backslash; "" at its end. */
static const char *
read_word(struct tree_source *source)
{
	const char *begin;
	char quote;

	while (strchr(" \t\r\\", *source->at) != NULL && *source->at != '\0') {
		if (source->at[0] == '\\' && source->at[1] == '\n')
			source->line++;
		else if (source->at[0] == '\\')
			break;
		source->at += *source->at == '\\' ? 2 : 1;
	}
	begin = source->at;
	quote = *begin == '"' || *begin == '\'' ? *begin : '\0';
	if (quote == '\0') {
		source->at += strcspn(source->at, " \t\r\n");
		return tree_word(source, begin, (size_t)(source->at - begin));
	}
	for (source->at++; *source->at != '\0' && *source->at != quote; source->at++) {
		source->line += *source->at == '\n';
		source->at += *source->at == '\\' && source->at[1] != '\0';
	}
	source->at += *source->at != '\0';
	return tree_word(source, begin + 1, (size_t)(source->at - begin - 2));
}

static int
read_line(struct tree_source *source, const char *words[TREE_WORDS_MAX])
{
	int count = 0;

	while (*source->at != '\n' && *source->at != '\0' && count < TREE_WORDS_MAX) {
		const char *word = read_word(source);

		if (*word == '\0' && (*source->at == '\n' || *source->at == '\0'))
			break;
		words[count++] = word;
	}
	source->at += strcspn(source->at, "\n");
	return count;
}

/* ---- Macros */

static const struct tree *
find_macro(const struct tree *within, const char *name)
{
	while (within->parent != NULL)
		within = within->parent;
	for (const struct tree *node = within->first; node != NULL; node = tree_next(within, node))
		if (tree_is(node, "Macro") && strcasecmp(tree_get(node, 1), name) == 0)
			return node;
	return NULL;
}

/* Returns a word of a macro with the value of one of its parameters in place of its name. */
static const char *
fill_in(const struct tree_source *source, const char *word, const struct tree *macro,
    const struct tree *used)
{
	for (int i = 2; i < macro->count; i++) {
		const char *name = macro->words[i], *at = strstr(word, name);

		if (at != NULL)
			word = doctor_text(source->doctor, "%.*s%s%s", (int)(at - word), word,
			    tree_get(used, i), at + strlen(name));
	}
	/* A name may occur twice, as in the handler of a responder. */
	for (int i = 2; i < macro->count; i++)
		if (strcmp(tree_get(used, i), "") != 0 && strstr(word, macro->words[i]) != NULL &&
		    strstr(tree_get(used, i), macro->words[i]) == NULL)
			return fill_in(source, word, macro, used);
	return word;
}

/* Adds what a macro has, below the line that uses it, and what is used in it. */
static void
use(const struct tree_source *source, struct tree *parent, const struct tree *block,
    const struct tree *macro, const struct tree *used, int depth)
{
	for (const struct tree *line = block->first; line != NULL && depth < TREE_DEPTH_MAX;
	    line = line->next) {
		const char *words[TREE_WORDS_MAX];
		const struct tree *inner;
		struct tree *added;

		for (int i = 0; i < line->count; i++)
			words[i] = fill_in(source, line->words[i], macro, used);
		added = tree_add(source, parent, used->line, words, line->count);
		added->file = used->file;
		inner = tree_is(line, "Use") ? find_macro(parent, tree_get(added, 1)) : NULL;
		if (inner != NULL)
			use(source, parent, inner, inner, added, depth + 1);
		else
			use(source, added, line, macro, used, depth + 1);
	}
}

/* Uses macros where they are used, and not where they are written down. */
static void
expand(const struct tree_source *source, struct tree *block)
{
	const struct tree *const last = block->last;

	/* What is added comes behind the last one, and is complete. */
	for (struct tree *line = block->first, *next; line != NULL; line = next) {
		const struct tree *macro = !tree_is(line, "Use") ? NULL
		    : find_macro(block, tree_get(line, 1));

		next = line == last ? NULL : line->next;
		if (macro != NULL)
			use(source, block, macro, macro, line, 0);
		else if (!tree_is(line, "Macro"))
			expand(source, line);
	}
}

static void
take_macros_out(struct tree *block)
{
	for (struct tree **line = &block->first; *line != NULL;) {
		if (tree_is(*line, "Macro")) {
			*line = (*line)->next;
			continue;
		}
		take_macros_out(*line);
		line = &(*line)->next;
	}
}

/* ---- Lines and blocks */

static void read_block(struct tree_source *source, struct tree *parent);

/* Takes "<Location" and "/x>" apart. */
static struct tree *
open_block(struct tree_source *source, struct tree *parent, int line, const char **words,
    int count)
{
	const size_t len = strlen(words[count - 1]);

	words[0] = words[0] + 1;
	if (len > 0 && words[count - 1][len - 1] == '>')
		words[count - 1] = tree_word(source, words[count - 1],
		    len - 1 - (count == 1 && len > 1));
	if (count > 1 && strcmp(words[count - 1], "") == 0)
		count--;
	return tree_add(source, parent, line, words, count);
}

static void
read_block(struct tree_source *source, struct tree *parent)
{
	const char *words[TREE_WORDS_MAX];

	for (; *source->at != '\0'; source->at += *source->at == '\n', source->line++) {
		const int line = source->line;
		int count;

		source->at += strspn(source->at, " \t\r");
		if (*source->at == '#')
			source->at += strcspn(source->at, "\n");
		if ((count = read_line(source, words)) == 0)
			continue;
		if (strncmp(words[0], "</", 2) == 0)
			parent = parent->parent != NULL ? parent->parent : parent;
		else if (words[0][0] == '<')
			parent = open_block(source, parent, line, words, count);
		else if (count > 1 && strncasecmp(words[0], "Include", 7) == 0)
			tree_include(source, parent, words[1], read_block);
		else
			(void)tree_add(source, parent, line, words, count);
	}
}

struct tree *
tree_read_apache(struct doctor *doctor, const char *path, const char *directory)
{
	const struct tree_source source = { .doctor = doctor, .directory = directory };
	struct tree *root = tree_read_file(doctor, path, directory, read_block);

	if (root != NULL) {
		expand(&source, root);
		take_macros_out(root);
	}
	return root;
}
