/* hash_first_cost: which cost hashes have in a new installation. */
#include "hash/first_cost.h"

#include <stddef.h>

#include "base/load.h"
#include "hash/hasher.h"
#include "hash/trial.h"

enum {
	ALONE_MS = 100,
	BUSY = 15,		/* hundredths of the processors */
	AGAIN = 2,		/* times that the one found is measured once more */
};

/* Each is dearer than the one before; the first is the default. */
static const struct cost steps[] = {
	{ 14, 8, 5 }, { 14, 8, 8 }, { 14, 8, 12 }, { 14, 8, 16 }, { 15, 8, 12 }, { 15, 8, 16 },
	{ 16, 8, 12 }, { 16, 8, 16 },
};

enum { STEPS = sizeof(steps) / sizeof(steps[0]) };

/* Measures again what was too slow: the first one of all finds neither memory nor clock ready. */
static enum err
measure(const struct config *given, const struct cost *cost, double *ms)
{
	struct config config = *given;
	double again;
	enum err err;

	config.scrypt_log2_n = cost->log2_n;
	config.scrypt_r = cost->r;
	config.scrypt_p = cost->p;
	if ((err = hash_trial_alone(&config, ms)) != ERR_OK || *ms <= ALONE_MS)
		return err;
	err = hash_trial_alone(&config, &again);
	if (again < *ms)
		*ms = again;
	return err;
}

/* Tells whether all lanes of all workers take half of the memory at most. */
static bool
is_small(const struct config *config, const struct cost *cost)
{
	struct host_limit given;
	struct hash_division division;
	struct hasher *hasher;
	long long lanes;

	if (cost->log2_n == steps[0].log2_n)
		return true;
	if (hasher_open(config, &hasher) != ERR_OK)
		return false;
	lanes = (long long)hasher_workers(hasher) * hasher_lanes(hasher);
	hasher_close(hasher);
	hasher_divide(config, &division);
	host_find_memory("", &given);
	if (config->hash_memory != 0)
		given = division.memory;
	return lanes * (128LL * cost->r << cost->log2_n) <= given.amount / 2;
}

/* Goes up as long as a login is quick enough; *at is the last step that was. */
static enum err
climb(const struct config *config, size_t *at, double ms[STEPS])
{
	enum err err = measure(config, &steps[0], &ms[0]);

	*at = 0;
	while (err == ERR_OK && *at + 1 < STEPS && ms[*at] <= ALONE_MS &&
	    is_small(config, &steps[*at + 1])) {
		err = measure(config, &steps[*at + 1], &ms[*at + 1]);
		if (err != ERR_OK || ms[*at + 1] > ALONE_MS)
			break;
		++*at;
	}
	return err;
}

/* Measures the step once more, and goes back where it is not quick enough each time. */
static enum err
confirm(const struct config *config, size_t *at, double ms[STEPS])
{
	enum err err = ERR_OK;
	double again;

	for (int i = 0; i < AGAIN && *at > 0 && err == ERR_OK; i++) {
		if ((err = measure(config, &steps[*at], &again)) == ERR_OK && again > ALONE_MS)
			--*at;
		else if (again > ms[*at])
			ms[*at] = again;
	}
	return err;
}

enum err
hash_first_cost_find(const struct config *config, struct hash_first_cost *found)
{
	struct load before, after;
	const bool has_load = load_read(&before);
	double ms[STEPS] = {0};
	size_t at;
	enum err err;

	if ((err = climb(config, &at, ms)) == ERR_OK)
		err = confirm(config, &at, ms);
	found->is_busy = !has_load || !load_read(&after) ||
	    load_of_others(&before, &after) >= BUSY;
	if (err != ERR_OK || found->is_busy)
		at = 0;
	found->cost = steps[at];
	found->alone_ms = ms[at];
	found->is_default = at == 0;
	return err;
}
