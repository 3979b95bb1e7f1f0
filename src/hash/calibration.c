/* hash_calibration: finds the dearest cost of a hash that this host can bear. */
#include "hash/calibration.h"

#include <stddef.h>

#include "base/host.h"
#include "base/load.h"
#include "hash/trial.h"

enum {
	P_MAX = 16,			/* of cost_is_possible() */
	CHEAPER = 4,			/* of log2 N, where no real password is kept */
	SAMPLES = 3,
};

/* OWASP's, from 2^14 on. */
static const struct cost ladder[HASH_CALIBRATION_SHAPES] = {
	{ 14, 8, 5 }, { 15, 8, 3 }, { 16, 8, 2 }, { 17, 8, 1 },
};

struct search {
	struct config config;		/* a copy, with the cost that is measured; borrows */
	const struct hash_wish *wish;
	long long memory;		/* bytes that all hashing may take */
	hash_calibration_tell *tell;
	void *arg;
};

static enum err
measure_alone(struct search *search, const struct cost *cost, double *ms)
{
	search->config.scrypt_log2_n = cost->log2_n;
	search->config.scrypt_r = cost->r;
	search->config.scrypt_p = cost->p;
	search->tell(cost, search->arg);
	return hash_trial_alone(&search->config, ms);
}

static double
median(double a, double b, double c)
{
	const double least = a < b ? a : b, most = a < b ? b : a;

	return c < least ? least : c > most ? most : c;
}

/* Finds out whether a cost holds. Logins one after the other may be as many as were asked for. */
static enum err
measure(struct search *search, struct hash_measured *measured)
{
	const double ms_at_most = (double)search->wish->ms, logins = (double)search->wish->logins;
	double samples[SAMPLES];
	enum err err = ERR_OK;

	measured->verdict = HASH_IS_TOO_SLOW;
	measured->per_second = 0;
	for (int i = 0; i < SAMPLES && err == ERR_OK; i++)
		err = measure_alone(search, &measured->cost, &samples[i]);
	if (err != ERR_OK)
		return err;
	measured->alone_ms = median(samples[0], samples[1], samples[2]);
	if (measured->alone_ms > ms_at_most)
		return ERR_OK;
	if (logins * measured->alone_ms > 1e3)
		err = hash_trial_together(&search->config, measured->alone_ms,
		    &measured->per_second);
	if (err == ERR_OK && (logins * measured->alone_ms <= 1e3 ||
	    measured->per_second >= logins))
		measured->verdict = HASH_HOLDS;
	return err;
}

/* Finds about the largest p with which a lone login is quick enough, from that of cost on. */
static enum err
guess_p(struct search *search, struct cost cost, long *p)
{
	long most = P_MAX;
	double ms;
	enum err err;

	*p = cost.p;
	while (*p < most) {
		cost.p = (*p + most + 1) / 2;
		if ((err = measure_alone(search, &cost, &ms)) != ERR_OK)
			return err;
		if (ms <= (double)search->wish->ms)
			*p = cost.p;
		else
			most = cost.p - 1;
	}
	return ERR_OK;
}

/* Returns the p to try next: a login with half of the parts takes about half of the work. */
static long
next_p(const struct search *search, const struct hash_measured *measured)
{
	const double part = measured->per_second / (double)search->wish->logins;
	const long p = measured->cost.p, served = (long)((double)p * part);

	return measured->per_second > 0 && served < p ? served : p - 1;
}

/*
 * Measures costs with the N of measured: with the p there, and where that may hold, with the
 * largest that does.
 */
static enum err
measure_shape(struct search *search, struct hash_measured *measured)
{
	const long least = measured->cost.p;
	long p;
	enum err err;

	measured->verdict = HASH_IS_TOO_LARGE;
	if ((128LL * measured->cost.r << measured->cost.log2_n) > search->memory)
		return ERR_OK;
	measured->verdict = HASH_IS_TOO_SLOW;
	err = measure_alone(search, &measured->cost, &measured->alone_ms);
	if (err != ERR_OK || measured->alone_ms * 4 > (double)search->wish->ms * 5)
		return err;
	if ((err = guess_p(search, measured->cost, &p)) != ERR_OK)
		return err;
	for (;;) {
		measured->cost.p = p > least ? p : least;
		if ((err = measure(search, measured)) != ERR_OK ||
		    measured->verdict == HASH_HOLDS || p <= least)
			return err;
		p = next_p(search, measured);
	}
}

/* Makes the cost with this N dearer than best is. Returns false where there is none. */
static bool
exceed(struct cost *cost, const struct hash_measured *best)
{
	while (best != NULL && cost->p <= P_MAX && !cost_is_dearer(cost, &best->cost))
		cost->p++;
	return cost->p <= P_MAX;
}

/* How near a cost is to what is wished, in whichever it is further from that. */
static double
nearness(const struct hash_wish *wish, const struct hash_measured *measured)
{
	const double quick = (double)wish->ms / measured->alone_ms;
	const double served = measured->per_second / (double)wish->logins;

	return quick < 1 ? quick : 1 + served;
}

static void
find_nearest(struct hash_calibration *calibration, const struct hash_wish *wish)
{
	for (size_t i = 0; i < calibration->count; i++) {
		const struct hash_measured *shape = &calibration->shapes[i];
		const struct hash_measured *nearest = calibration->nearest;

		if (shape->verdict == HASH_IS_TOO_SLOW &&
		    (nearest == NULL || nearness(wish, shape) > nearness(wish, nearest)))
			calibration->nearest = shape;
	}
}

static enum err
measure_shapes(struct search *search, struct hash_calibration *calibration)
{
	struct hash_measured *best = NULL;
	enum err err = ERR_OK;

	for (int i = 0; i < HASH_CALIBRATION_SHAPES && err == ERR_OK; i++) {
		struct hash_measured *shape = &calibration->shapes[calibration->count];

		shape->cost = ladder[i];
		shape->cost.log2_n -= search->config.insecure_hash_cost ? CHEAPER : 0;
		if (!exceed(&shape->cost, best))
			continue;
		calibration->count++;
		if ((err = measure_shape(search, shape)) == ERR_OK &&
		    shape->verdict == HASH_HOLDS)
			best = shape;
	}
	calibration->best = best;
	if (err != ERR_OK || best == NULL || best->per_second > 0)
		return err;
	if ((err = measure_alone(search, &best->cost, &best->alone_ms)) != ERR_OK)
		return err;
	return hash_trial_together(&search->config, best->alone_ms, &best->per_second);
}

static long long
allowed_memory(const struct config *config)
{
	struct host_limit given;

	if (config->hash_memory != 0)
		return (long long)config->hash_memory << 20;
	host_find_memory("", &given);
	return given.amount;
}

enum err
hash_calibration_make(const struct config *config, const struct hash_wish *wish,
    hash_calibration_tell *tell, void *arg, struct hash_calibration *calibration)
{
	struct search search = {
		.config = *config, .wish = wish, .memory = allowed_memory(config), .tell = tell,
		.arg = arg,
	};
	struct load before, after;
	enum err err;

	*calibration = (struct hash_calibration){0};
	(void)load_read(&before);
	err = measure_shapes(&search, calibration);
	if (load_read(&after))
		calibration->busy = load_of_others(&before, &after);
	find_nearest(calibration, wish);
	return err;
}
