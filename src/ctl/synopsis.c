/* synopsis: reads what a command takes from the text that says so to people. */
#include "ctl/synopsis.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where a reader is, and how many brackets are open there. */
struct reader {
	const char *at;
	int depth;
};

/* Moves to the next word over blanks and brackets. Returns its length; 0 at the end. */
static int
find_word(struct reader *reader)
{
	int len = 0, within = 0;

	for (; *reader->at != '\0' && strchr(" []()", *reader->at) != NULL; reader->at++)
		reader->depth += (*reader->at == '[') - (*reader->at == ']');
	/* NAME[=SCOPE] is one word; the bracket behind it is not of it. */
	for (; reader->at[len] != '\0' && strchr(" ()", reader->at[len]) == NULL; len++) {
		if (reader->at[len] == ']' && within == 0)
			break;
		within += (reader->at[len] == '[') - (reader->at[len] == ']');
	}
	return len;
}

/* Takes an option. Returns where its value goes, or NULL when it takes none. */
static char *
take_option(const char *word, int len, int choice, struct synopsis *synopsis)
{
	const enum opt opt = options_find(word + 2, (size_t)len - 2);

	if (opt == OPTS)
		abort();
	synopsis->takes[opt] = true;
	synopsis->choice[opt] = choice;
	return options_get(opt)->value != NULL ? synopsis->values[opt] : NULL;
}

static void
take_word(const char *word, int len, char taken[SYNOPSIS_WORD_SIZE])
{
	if (len >= SYNOPSIS_WORD_SIZE)
		abort();
	snprintf(taken, SYNOPSIS_WORD_SIZE, "%.*s", len, word);
}

static void
take_argument(const char *word, int len, bool is_needed, struct synopsis *synopsis)
{
	if (synopsis->arg_count == SYNOPSIS_ARGS_MAX)
		abort();
	take_word(word, len, synopsis->args[synopsis->arg_count++]);
	synopsis->args_min += is_needed;
	synopsis->args_max++;
}

void
synopsis_read(const char *text, struct synopsis *synopsis)
{
	struct reader reader = { .at = text };
	char *value = NULL;	/* borrowed: where the next word goes */
	bool is_or = false;
	int choice = 0;

	*synopsis = (struct synopsis){0};
	for (int len; (len = find_word(&reader)) > 0; reader.at += len) {
		const bool is_alternative = is_or;

		is_or = len == 1 && *reader.at == '|';
		choice += !is_or && !is_alternative;
		if (value != NULL) {
			take_word(reader.at, len, value);
			value = NULL;
		} else if (strncmp(reader.at, "--", 2) == 0)
			value = take_option(reader.at, len, choice, synopsis);
		else if (strncmp(reader.at, "...", (size_t)len) == 0)
			synopsis->args_max = INT_MAX;
		else if (!is_or)
			take_argument(reader.at, len, reader.depth == 0, synopsis);
	}
}
