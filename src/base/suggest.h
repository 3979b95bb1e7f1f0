/*
 * suggest: finds the known word that a mistyped word was meant to be.
 *
 * Call suggest_offer() for every known word. The closest one is then in best, unless more than a
 * third of it would have been mistyped.
 */
#ifndef BEARWARD_BASE_SUGGEST_H
#define BEARWARD_BASE_SUGGEST_H

#include <stddef.h>

struct suggestion {
	const char *word;	/* borrowed: what was typed */
	const char *best;	/* borrowed: the closest word offered; NULL when none is close */
	size_t distance;	/* of best: letters added, dropped, replaced or swapped */
};

/* Starts with a word that was typed; it is borrowed until the suggestion has been read. */
void suggest_init(struct suggestion *suggestion, const char *word);

/* Makes known the suggestion when it is closer than the best so far; known is borrowed. */
void suggest_offer(struct suggestion *suggestion, const char *known);

#endif
