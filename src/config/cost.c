/* cost: what a scrypt hash may cost, what it must cost, and which of two costs is dearer. */
#include "config/cost.h"

#include <stddef.h>

/* OWASP Password Storage Cheat Sheet: equal in strength, less memory for more time. */
static const struct cost owasp[] = {
	{ 17, 8, 1 },
	{ 16, 8, 2 },
	{ 15, 8, 3 },
	{ 14, 8, 5 },
	{ 13, 8, 10 },
};

enum { OWASP = sizeof(owasp) / sizeof(owasp[0]) };

bool
cost_is_possible(long log2_n, long r, long p)
{
	const long memory_max = 256L * 1024 * 1024;
	const long work_max = 1L << 24;

	/* Bounds first: the products below must not overflow. */
	if (log2_n < 10 || log2_n > 20 || r < 1 || r > 32 || p < 1 || p > 16)
		return false;

	return 128 * r <= memory_max >> log2_n && r * p <= work_max >> log2_n;
}

bool
cost_is_secure(long log2_n, long r, long p)
{
	for (size_t i = 0; i < OWASP; i++)
		if (log2_n >= owasp[i].log2_n && r >= owasp[i].r && p >= owasp[i].p)
			return true;

	return false;
}

static long long
steps(const struct cost *cost)
{
	return (long long)(cost->r * cost->p) << cost->log2_n;
}

/* Returns the steps of the cost that OWASP recommends for this N, or for the nearest. */
static long long
owasp_steps(long log2_n)
{
	size_t i = 0;

	while (i < OWASP - 1 && owasp[i].log2_n > log2_n)
		i++;
	return steps(&owasp[i]);
}

bool
cost_is_dearer(const struct cost *a, const struct cost *b)
{
	/* Steps are 2^24 at most, so the products fit. */
	return steps(a) * owasp_steps(b->log2_n) > steps(b) * owasp_steps(a->log2_n);
}

long
cost_strength(const struct cost *cost)
{
	return (long)(steps(cost) * 100 / owasp_steps(cost->log2_n));
}
