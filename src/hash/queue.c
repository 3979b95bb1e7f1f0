/* hasher_queue: the hashes that wait, longest first, and what a thread takes of them at once. */
#include "hash/queue.h"

void
hash_queue_init(struct hash_queue *queue)
{
	*queue = (struct hash_queue){ .end = &queue->first };
}

/* What is added to the queue with the job, and taken from it. */
static uint64_t
cost_of(const struct hash_job *job, int lanes)
{
	return job->work != NULL ? 0 : job->n * (uint64_t)job->r * (uint64_t)lanes;
}

void
hash_queue_put(struct hash_queue *queue, struct hash_job *job)
{
	job->next = NULL;
	*queue->end = job;
	queue->end = &job->next;
	queue->cost += cost_of(job, job->lanes);
	queue->works += job->work != NULL;
}

void
hash_queue_remove(struct hash_queue *queue, struct hash_job *job)
{
	struct hash_job **at = &queue->first;

	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	if (queue->end == &job->next)
		queue->end = at;
	queue->cost -= cost_of(job, job->lanes - job->begun);
	queue->works -= job->work != NULL;
}

void
hash_queue_fail(struct hash_queue *queue, enum err err)
{
	struct hash_job *job;

	while ((job = queue->first) != NULL) {
		hash_queue_remove(queue, job);
		while (job->begun < job->lanes) {
			job->begun++;
			hash_job_finish(job, err);
		}
	}
}

size_t
hash_job_lane_size(const struct hash_job *job)
{
	return 128 * job->r * job->n;
}

void
hash_job_finish(struct hash_job *job, enum err err)
{
	if (err != ERR_OK)
		job->err = err;
	if (++job->done == job->lanes)
		(void)pthread_cond_signal(&job->changed);
}

static bool
fit_together(const struct hash_job *a, const struct hash_job *b)
{
	if (a == b)
		return true;
	return a->work == NULL && b->work == NULL && a->n == b->n && a->r == b->r;
}

int
hash_queue_count(const struct hash_queue *queue)
{
	int count = 0;

	for (const struct hash_job *job = queue->first; job != NULL; job = job->next)
		if (fit_together(queue->first, job))
			count += job->lanes - job->begun;
	return count;
}

/* Puts lanes of job into batch while there is room. */
static void
take_lanes(struct hash_queue *queue, struct hash_job *job, int room, struct hash_batch *batch)
{
	while (job->begun < job->lanes && batch->count < room) {
		batch->owner[batch->count] = job;
		batch->lanes.block[batch->count] = job->blocks + 128 * job->r * (size_t)job->begun;
		batch->count++;
		job->begun++;
		queue->cost -= cost_of(job, 1);
	}
}

void
hash_queue_take(struct hash_queue *queue, int room, struct hash_batch *batch)
{
	struct hash_job *const first = queue->first;
	struct hash_job *next;

	batch->count = 0;
	for (struct hash_job *job = first; job != NULL && batch->count < room; job = next) {
		next = job->next;
		if (!fit_together(first, job))
			continue;
		take_lanes(queue, job, room, batch);
		if (job->begun == job->lanes)
			hash_queue_remove(queue, job);
	}
}
