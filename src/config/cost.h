/*
 * cost: what a scrypt hash may cost, and what it must cost.
 *
 * N = 2^log2_n, r and p are named as in RFC 7914. Settings and stored hashes are both checked
 * against these rules, so neither can make a server spend too much memory or time.
 */
#ifndef BEARWARD_CONFIG_COST_H
#define BEARWARD_CONFIG_COST_H

#include <stdbool.h>

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

#endif
