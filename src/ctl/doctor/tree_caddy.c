/* tree_caddy: reads a Caddyfile. */
#include "ctl/doctor/tree.h"

#include <string.h>

/* Reads a word of a line; "" at its end. */
static const char *
read_word(struct tree_source *source)
{
	const char *begin;

	source->at += strspn(source->at, " \t\r");
	if (*source->at == '#')
		source->at += strcspn(source->at, "\n");
	begin = source->at;
	if (*begin != '"' && *begin != '`') {
		source->at += strcspn(source->at, " \t\r\n");
		return tree_word(source, begin, (size_t)(source->at - begin));
	}
	for (source->at++; *source->at != '\0' && *source->at != *begin; source->at++) {
		source->at += *source->at == '\\' && source->at[1] != '\0';
		source->line += *source->at == '\n';
	}
	source->at += *source->at != '\0';
	return tree_word(source, begin + 1, (size_t)(source->at - begin - 2));
}

/* Adds again all that is in a block. */
static void
copy(const struct tree_source *source, struct tree *parent, const struct tree *from)
{
	for (const struct tree *line = from->first; line != NULL; line = line->next)
		copy(source, tree_add(source, parent, source->line, line->words, line->count),
		    line);
}

static void read_block(struct tree_source *source, struct tree *parent);

/* Adds a part that has a name, or files. */
static void
import(struct tree_source *source, struct tree *parent, const char *name)
{
	const char *part = doctor_text(source->doctor, "(%s)", name);
	const struct tree *root = parent;

	while (root->parent != NULL)
		root = root->parent;
	for (const struct tree *node = root->first; node != NULL; node = node->next)
		if (tree_is(node, part)) {
			copy(source, parent, node);
			return;
		}
	tree_include(source, parent, name, read_block);
}

static void
read_block(struct tree_source *source, struct tree *parent)
{
	const char *words[TREE_WORDS_MAX];

	for (; *source->at != '\0'; source->at += *source->at == '\n', source->line++) {
		const int line = source->line;
		const char *word;
		int count = 0;

		while (*(word = read_word(source)) != '\0' && count < TREE_WORDS_MAX)
			words[count++] = word;
		if (count == 0)
			continue;
		if (count == 1 && strcmp(words[0], "}") == 0)
			parent = parent->parent != NULL ? parent->parent : parent;
		else if (strcmp(words[count - 1], "{") == 0)
			parent = tree_add(source, parent, line, words, count - 1);
		else if (count > 1 && strcmp(words[0], "import") == 0)
			import(source, parent, words[1]);
		else
			(void)tree_add(source, parent, line, words, count);
	}
}

struct tree *
tree_read_caddy(struct doctor *doctor, const char *path, const char *directory)
{
	return tree_read_file(doctor, path, directory, read_block);
}
