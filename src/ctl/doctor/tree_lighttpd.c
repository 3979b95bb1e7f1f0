/* tree_lighttpd: reads a configuration of lighttpd. */
#include "ctl/doctor/tree.h"

#include <string.h>

/* Reads a text, a name, an operator or a bracket; "" at the end of a line. */
static const char *
read_token(struct tree_source *source, bool *is_text)
{
	const char *begin;

	source->at += strspn(source->at, " \t\r");
	if (*source->at == '#')
		source->at += strcspn(source->at, "\n");
	begin = source->at;
	*is_text = *begin == '"';
	if (*is_text) {
		for (source->at++; *source->at != '\0' && *source->at != '"'; source->at++) {
			source->at += *source->at == '\\' && source->at[1] != '\0';
			source->line += *source->at == '\n';
		}
		source->at += *source->at != '\0';
		return tree_word(source, begin + 1, (size_t)(source->at - begin - 2));
	}
	if (strchr("(){},", *begin) != NULL && *begin != '\0')
		source->at++;
	else if (strchr("=+!~:>", *begin) != NULL && *begin != '\0')
		source->at += strspn(source->at, "=+!~:>^");
	else
		source->at += strcspn(source->at, " \t\r\n\"(){},=+!~#");
	if (source->at == begin && *begin != '\n' && *begin != '\0')
		source->at++;
	return tree_word(source, begin, (size_t)(source->at - begin));
}

/* Whether a line goes on: within brackets, or behind an operator. */
static bool
goes_on(const char *last, bool was_text, int depth)
{
	return depth > 0 || (!was_text && (strcmp(last, "=") == 0 || strcmp(last, "+=") == 0 ||
	    strcmp(last, "+") == 0 || strcmp(last, "=~") == 0 || strcmp(last, "==") == 0));
}

static void read_block(struct tree_source *source, struct tree *parent);

static void
take_line(struct tree_source *source, struct tree *parent, int line, const char **words,
    int count)
{
	if (count == 0)
		return;
	if (count > 1 && strcmp(words[0], "include") == 0)
		tree_include(source, parent, words[1], read_block);
	else
		(void)tree_add(source, parent, line, words, count);
}

static void
read_block(struct tree_source *source, struct tree *parent)
{
	const char *words[TREE_WORDS_MAX];
	int count = 0, line = source->line, depth = 0;
	bool was_text = false;

	while (*source->at != '\0') {
		bool is_text;
		const char *word = read_token(source, &is_text);

		if (*word == '\0' && !is_text) {
			if (!goes_on(count > 0 ? words[count - 1] : "", was_text, depth)) {
				take_line(source, parent, line, words, count);
				count = 0;
			}
			source->line += *source->at == '\n';
			source->at += *source->at == '\n';
			continue;
		}
		line = count == 0 ? source->line : line;
		if (!is_text && strcmp(word, "{") == 0) {
			read_block(source, tree_add(source, parent, line, words, count));
			count = 0;
			continue;
		}
		if (!is_text && strcmp(word, "}") == 0)
			break;
		depth += !is_text && *word == '(' ? 1 : !is_text && *word == ')' ? -1 : 0;
		was_text = is_text;
		words[count < TREE_WORDS_MAX - 1 ? count++ : count] = word;
	}
	take_line(source, parent, line, words, count);
}

struct tree *
tree_read_lighttpd(struct doctor *doctor, const char *path, const char *directory)
{
	return tree_read_file(doctor, path, directory, read_block);
}
