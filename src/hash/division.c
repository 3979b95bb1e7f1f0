/* hash_division: how cores and memory are divided among all workers of the host. */
#include "hash/division.h"

#include <stdio.h>
#include <string.h>

#define ANY_HASH ((long long)256 << 20)		/* the most that a stored hash may need */

static struct host_limit
limit_of(long long amount, const char *reason)
{
	struct host_limit limit = { .amount = amount };

	snprintf(limit.reason, sizeof(limit.reason), "%s", reason);
	return limit;
}

static struct host_limit
choose_memory(const struct config *config, long long cores, long lanes,
    const struct host_limit *given)
{
	const long long lane = (128 * config->scrypt_r) << config->scrypt_log2_n;
	long long useful = cores * lanes * lane;

	if (config->hash_memory != 0)
		return limit_of((long long)config->hash_memory << 20, "as hash_memory says");
	if (useful < ANY_HASH)
		useful = ANY_HASH;
	if (given->amount < lane)
		return limit_of(lane, "as one hash needs");
	return given->amount < useful ? *given : limit_of(useful, "as much as is useful");
}

void
hash_division_make(const struct config *config, long lanes, const struct host_limit *processors,
    const struct host_limit *memory, struct hash_division *division)
{
	const size_t lane = (size_t)(128 * config->scrypt_r) << config->scrypt_log2_n;

	*division = (struct hash_division){ .part = 1 };
	division->cores = config->hash_slots != 0
	    ? limit_of(config->hash_slots, "as hash_slots says") : *processors;
	if (division->cores.amount > HASH_DIVISION_WHOLE)
		division->cores.amount = HASH_DIVISION_WHOLE;
	division->memory = choose_memory(config, (long)division->cores.amount, lanes, memory);
	division->part = HASH_DIVISION_WHOLE / (long)division->cores.amount;
	division->part = hash_division_part(division, lane);
	if (division->part > HASH_DIVISION_WHOLE)
		division->part = HASH_DIVISION_WHOLE;
	division->workers = HASH_DIVISION_WHOLE / division->part;
	if (division->workers > division->cores.amount)
		division->workers = (long)division->cores.amount;
}

/*
 * One byte of the file less than it would take is enough, so that parts that fill the file exactly
 * do not fail by a fraction of a byte: a division gives away 2^-20 too much.
 */
long
hash_division_part(const struct hash_division *division, size_t bytes)
{
	const unsigned long long memory = (unsigned long long)division->memory.amount;
	const unsigned long long whole = HASH_DIVISION_WHOLE;
	const unsigned long long part = bytes > memory ? whole + 2
	    : (bytes * whole + memory - 1) / memory;

	return part > (unsigned long long)division->part ? (long)part - 1 : division->part;
}

size_t
hash_division_memory(const struct hash_division *division, long part)
{
	const unsigned long long memory = (unsigned long long)division->memory.amount;

	return (size_t)(memory * ((unsigned long long)part + 1) / HASH_DIVISION_WHOLE);
}
