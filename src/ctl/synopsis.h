/*
 * synopsis: reads what a command takes from the text that says so to people.
 *
 * A synopsis is a text like "NAME [SCOPE ...] [--limit N] [--json]": words in capitals are
 * arguments, in their order, and words with two dashes are options, each followed by its value if
 * it takes one. Brackets stand around what may be left out, "..." behind what may be repeated,
 * and "|" between what excludes one another.
 */
#ifndef BEARWARD_CTL_SYNOPSIS_H
#define BEARWARD_CTL_SYNOPSIS_H

#include <stdbool.h>

#include "ctl/options.h"

enum { SYNOPSIS_ARGS_MAX = 4, SYNOPSIS_WORD_SIZE = 32 };

struct synopsis {
	bool takes[OPTS];	/* which options, besides those that all commands take */
	char values[OPTS][SYNOPSIS_WORD_SIZE];	/* what is typed for them: "ID"; or "" */
	int choice[OPTS];	/* options with the same number exclude one another */
	char args[SYNOPSIS_ARGS_MAX][SYNOPSIS_WORD_SIZE];	/* "NAME" */
	int arg_count;		/* of args */
	int args_min, args_max;	/* how many may be typed */
};

/* Reads one of ours. A mistake in it is a defect: it aborts. */
void synopsis_read(const char *text, struct synopsis *synopsis);

#endif
