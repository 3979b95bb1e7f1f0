/*
 * hash_calibration: finds the dearest cost of a hash that this host can bear.
 *
 * All figures are measured, with the kernel, cores and memory that the settings give to hashing;
 * none is computed from others. For each N from 2^14 to 2^17, with r = 8, it begins with the p of
 * OWASP, or with the least that is dearer than what was found with a smaller N, and looks for the
 * largest p that holds. So of costs with one strength, the one with the least memory is found.
 * Where the settings say insecure_hash_cost, N is 2^10 to 2^13, and what is found is for tests.
 */
#ifndef BEARWARD_HASH_CALIBRATION_H
#define BEARWARD_HASH_CALIBRATION_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "config/config.h"
#include "config/cost.h"

enum { HASH_CALIBRATION_SHAPES = 4 };

/* What is asked for. */
struct hash_wish {
	int64_t logins;		/* a second, at least */
	int64_t ms;		/* for a login that comes alone, at most */
};

/* A cost, and what was measured of it. */
struct hash_measured {
	struct cost cost;
	enum { HASH_HOLDS, HASH_IS_TOO_SLOW, HASH_IS_TOO_LARGE } verdict;
	double alone_ms;	/* a login that comes alone; 0: not measured, as it is too large */
	double per_second;	/* 0: not measured, as it is too slow alone, or quick enough for
				 * the wish one after the other */
};

struct hash_calibration {
	size_t count;
	/* By N: the dearest that holds, or the cheapest, which does not. */
	struct hash_measured shapes[HASH_CALIBRATION_SHAPES];
	const struct hash_measured *best;	/* the dearest that holds; or NULL */
	const struct hash_measured *nearest;	/* to the wish, where best is NULL; or NULL */
	int busy;		/* hundredths of the processors that others used meanwhile */
};

/* Is told of each cost before it is measured. */
typedef void hash_calibration_tell(const struct cost *cost, void *arg);

/*
 * Measures, which takes some seconds, and longer where the wish allows more time. state_dir of the
 * settings must be there. Returns an error of hasher_open() or hasher_scrypt().
 */
ERR_CHECKED enum err hash_calibration_make(const struct config *config,
    const struct hash_wish *wish, hash_calibration_tell *tell, void *arg,
    struct hash_calibration *calibration);

#endif
