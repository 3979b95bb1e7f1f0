/*
 * hash_speed, internal to hash/: how fast one worker has been lately.
 *
 * Workers measure it; the admission computes from it how long a new job would wait.
 */
#ifndef BEARWARD_HASH_SPEED_H
#define BEARWARD_HASH_SPEED_H

#include <stdint.h>

struct hash_speed {
	double lane_rate;	/* N r of lanes done in a millisecond; 0: not known */
	double work_ms;		/* that a work function takes; 0: not known */
};

/* Returns how many milliseconds one worker needs for lanes and work functions; 0 if not known. */
double hash_speed_expect(const struct hash_speed *speed, uint64_t lane_cost, long work_jobs);

/* Takes a measurement in: of lanes, or of one work function where lane_cost is 0. */
void hash_speed_measure(struct hash_speed *speed, uint64_t lane_cost, double ms);

#endif
