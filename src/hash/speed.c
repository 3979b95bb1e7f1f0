/* hash_speed: how fast one worker has been lately. */
#include "hash/speed.h"

double
hash_speed_expect(const struct hash_speed *speed, uint64_t lane_cost, long work_jobs)
{
	const double lanes = speed->lane_rate <= 0 ? 0 : (double)lane_cost / speed->lane_rate;

	return lanes + (double)work_jobs * speed->work_ms;
}

/* The last measurements count most. */
static double
blend(double known, double measured)
{
	return known <= 0 ? measured : known * 0.75 + measured * 0.25;
}

void
hash_speed_measure(struct hash_speed *speed, uint64_t lane_cost, double ms)
{
	if (lane_cost == 0)
		speed->work_ms = blend(speed->work_ms, ms);
	else if (ms > 0)
		speed->lane_rate = blend(speed->lane_rate, (double)lane_cost / ms);
}
