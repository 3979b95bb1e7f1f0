/* suggest: finds the known word that a mistyped word was meant to be. */
#include "base/suggest.h"

#include <string.h>

enum { WORD_LEN_MAX = 63 };	/* nothing longer is close to a word of ours */

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Edit distance with swaps of neighbours ("optimal string alignment"). */
static size_t
distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t cost[WORD_LEN_MAX + 1][WORD_LEN_MAX + 1];	/* of the first i and j letters */

	for (size_t i = 0; i <= a_len; i++)
		cost[i][0] = i;
	for (size_t j = 0; j <= b_len; j++)
		cost[0][j] = j;

	for (size_t i = 1; i <= a_len; i++) {
		for (size_t j = 1; j <= b_len; j++) {
			size_t best = cost[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			best = smaller(best, 1 + smaller(cost[i - 1][j], cost[i][j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				best = smaller(best, cost[i - 2][j - 2] + 1);
			cost[i][j] = best;
		}
	}
	return cost[a_len][b_len];
}

void
suggest_init(struct suggestion *suggestion, const char *word)
{
	*suggestion = (struct suggestion){ .word = word };
}

void
suggest_offer(struct suggestion *suggestion, const char *known)
{
	size_t word_len = strlen(suggestion->word), known_len = strlen(known), d;

	if (word_len > WORD_LEN_MAX || known_len > WORD_LEN_MAX)
		return;
	d = distance(suggestion->word, word_len, known, known_len);
	if (d * 3 > known_len || (suggestion->best != NULL && d >= suggestion->distance))
		return;
	suggestion->best = known;
	suggestion->distance = d;
}
