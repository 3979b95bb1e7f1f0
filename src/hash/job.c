/* hash_job: one hash that a request waits for. */
#include "hash/job.h"

size_t
hash_job_lane_size(const struct hash_job *job)
{
	return job->work != NULL ? job->work_memory : 128 * job->r * job->n;
}

long
hash_job_part(const struct hash_job *job, const struct hash_division *division)
{
	return hash_division_part(division, hash_job_lane_size(job));
}

uint64_t
hash_job_cost(const struct hash_job *job, int lanes)
{
	return job->work != NULL ? 0 : job->n * (uint64_t)job->r * (uint64_t)lanes;
}

void
hash_job_finish(struct hash_job *job, enum err err)
{
	if (err != ERR_OK)
		job->err = err;
	if (++job->done == job->lanes)
		(void)pthread_cond_signal(&job->changed);
}
