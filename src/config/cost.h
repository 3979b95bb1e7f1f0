/*
 * cost: what a scrypt hash may cost, what it must cost, and which of two costs is dearer.
 *
 * N = 2^log2_n, r and p are named as in RFC 7914. Settings and stored hashes are both checked
 * against these rules, so neither can make a server spend too much memory or time.
 *
 * Each guess costs memory (128 N r bytes) and time (N r p steps; RFC 7914, section 5: p parts,
 * each of 2 N r). The OWASP Password Storage Cheat Sheet has costs that it calls equal in
 * strength: 17 8 1, 16 8 2, 15 8 3, 14 8 5 and 13 8 10 (log2 N, r and p). A cost's strength is
 * its steps, N r p, as a multiple of those of the OWASP cost with the same N. Above and below
 * OWASP's N, the steps of the largest and of the smallest stand for it. So strength grows with
 * each of N, r and p, and all of OWASP's costs have the strength 1.
 */
#ifndef BEARWARD_CONFIG_COST_H
#define BEARWARD_CONFIG_COST_H

#include <stdbool.h>

struct cost {
	long log2_n;
	long r;
	long p;
};

/*
 * Returns true when a cost is accepted at all: log2 N is 10-20, r 1-32, p 1-16, 128 N r at most
 * 256 MiB and N r p at most 2^24.
 */
bool cost_is_possible(long log2_n, long r, long p);

/*
 * Returns true when a cost is at least as large, in all three numbers, as one of those that the
 * OWASP Password Storage Cheat Sheet recommends.
 */
bool cost_is_secure(long log2_n, long r, long p);

/*
 * Returns true when a has more strength than b; both are possible. Costs of one strength, as all
 * that OWASP recommends, are not dearer than one another.
 */
bool cost_is_dearer(const struct cost *a, const struct cost *b);

/* Returns the strength of a possible cost in hundredths, rounded down: OWASP's are 100. */
long cost_strength(const struct cost *cost);

#endif
