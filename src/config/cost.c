/* cost: what a scrypt hash may cost, and what it must cost. */
#include "config/cost.h"

#include <stddef.h>

struct cost {
	long log2_n;
	long r;
	long p;
};

/* OWASP Password Storage Cheat Sheet: equal in strength, less memory for more time. */
static const struct cost owasp[] = {
	{ 17, 8, 1 },
	{ 16, 8, 2 },
	{ 15, 8, 3 },
	{ 14, 8, 5 },
	{ 13, 8, 10 },
};

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
	for (size_t i = 0; i < sizeof(owasp) / sizeof(owasp[0]); i++)
		if (log2_n >= owasp[i].log2_n && r >= owasp[i].r && p >= owasp[i].p)
			return true;

	return false;
}
