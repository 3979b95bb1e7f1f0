/* tree_nginx: reads a configuration of nginx. */
#include "ctl/doctor/tree.h"

#include <string.h>

/* Skips blanks and comments. */
static void
skip(struct tree_source *source)
{
	for (; *source->at != '\0'; source->at++) {
		if (*source->at == '#')
			source->at += strcspn(source->at, "\n");
		if (*source->at == '\n')
			source->line++;
		if (strchr(" \t\r\n", *source->at) == NULL || *source->at == '\0')
			return;
	}
}

/* Reads a word, with quotation marks or without. */
static const char *
read_word(struct tree_source *source)
{
	const char *begin = source->at;
	const char quote = *begin == '"' || *begin == '\'' ? *begin : '\0';

	for (source->at += quote != '\0'; *source->at != '\0'; source->at++) {
		if (*source->at == '\\' && source->at[1] != '\0')
			source->at++;
		else if (strncmp(source->at, "${", 2) == 0)
			source->at += strcspn(source->at, "}\n");
		else if (quote != '\0' ? *source->at == quote
		    : strchr(" \t\r\n;{}", *source->at) != NULL)
			break;
		source->line += *source->at == '\n';
	}
	if (quote == '\0')
		return tree_word(source, begin, (size_t)(source->at - begin));
	source->at += *source->at != '\0';
	return tree_word(source, begin + 1, (size_t)(source->at - begin - 2));
}

static void
read_block(struct tree_source *source, struct tree *parent)
{
	const char *words[TREE_WORDS_MAX];
	int count = 0, line = 0;

	for (skip(source); *source->at != '\0'; skip(source)) {
		const char c = *source->at;

		if (c != ';' && c != '{' && c != '}') {
			const char *word;

			line = count == 0 ? source->line : line;
			if (*(word = read_word(source)) != '\0' || count > 0)
				words[count < TREE_WORDS_MAX - 1 ? count++ : count] = word;
			continue;
		}
		source->at++;
		if (c == '}')
			return;
		if (c == '{')
			read_block(source, tree_add(source, parent, line, words, count));
		else if (count == 2 && strcmp(words[0], "include") == 0)
			tree_include(source, parent, words[1], read_block);
		else
			(void)tree_add(source, parent, line, words, count);
		count = 0;
	}
}

struct tree *
tree_read_nginx(struct doctor *doctor, const char *path, const char *directory)
{
	return tree_read_file(doctor, path, directory, read_block);
}
