/*
 * suggestion: the known word that somebody meant who typed another one.
 *
 * Offer every known word in turn; the closest is then in best, if it is close enough that saying
 * it helps: at most a third of it typed wrong.
 */
#ifndef BEARWARD_BASE_SUGGEST_H
#define BEARWARD_BASE_SUGGEST_H

#include <stddef.h>

struct suggestion {
	const char *word;	/* borrowed: what was typed */
	const char *best;	/* borrowed: the closest word offered; NULL when none is close */
	size_t distance;	/* letters added, dropped, replaced or swapped; of best */
};

void suggest_init(struct suggestion *suggestion, const char *word);
void suggest_offer(struct suggestion *suggestion, const char *known);

#endif
