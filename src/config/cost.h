/*
 * cost: what a scrypt hash may cost, and what it must cost.
 *
 * N = 2^log2_n, r and p as RFC 7914 names them. Settings and stored hashes are both held against
 * these rules, so that neither can ask for more memory or time than a server should give.
 */
#ifndef BEARWARD_CONFIG_COST_H
#define BEARWARD_CONFIG_COST_H

#include <stdbool.h>

/*
 * Whether a cost is accepted at all: log2 N 10-20, r 1-32, p 1-16, 128 N r at most 256 MiB,
 * N r p at most 2^24.
 */
bool cost_is_possible(long log2_n, long r, long p);

/*
 * Whether a cost is one of the settings of the OWASP Password Storage Cheat Sheet, or at least as
 * large as one of them in all three numbers.
 */
bool cost_is_secure(long log2_n, long r, long p);

#endif
