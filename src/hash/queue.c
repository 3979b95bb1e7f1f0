/* hash_queue: the jobs that wait for a worker, by their turns. */
#include "hash/queue.h"

#include <stdbool.h>

void
hash_queue_init(struct hash_queue *queue)
{
	*queue = (struct hash_queue){0};
}

void
hash_queue_put(struct hash_queue *queue, struct hash_job *job)
{
	struct hash_job **at = &queue->first;

	while (*at != NULL && (*at)->turn <= job->turn)
		at = &(*at)->next;
	job->next = *at;
	*at = job;
	queue->cost += hash_job_cost(job, job->lanes);
	queue->work_jobs += job->work != NULL;
}

struct hash_job *
hash_queue_last(const struct hash_queue *queue)
{
	struct hash_job *last = NULL;

	for (struct hash_job *job = queue->first; job != NULL; job = job->next)
		if (job->begun == 0)
			last = job;
	return last;
}

void
hash_queue_remove(struct hash_queue *queue, struct hash_job *job)
{
	struct hash_job **at = &queue->first;

	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	queue->cost -= hash_job_cost(job, job->lanes - job->begun);
	queue->work_jobs -= job->work != NULL;
}

void
hash_queue_drop(struct hash_queue *queue, struct hash_job *job, enum err err)
{
	hash_queue_remove(queue, job);
	while (job->begun < job->lanes) {
		job->begun++;
		hash_job_finish(job, err);
	}
}

void
hash_queue_fail(struct hash_queue *queue, enum err err)
{
	while (queue->first != NULL)
		hash_queue_drop(queue, queue->first, err);
}

static bool
can_share_batch(const struct hash_job *a, const struct hash_job *b)
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
		if (can_share_batch(queue->first, job))
			count += job->lanes - job->begun;
	return count;
}

/* Moves lanes of job into batch while there is room. */
static void
take_lanes(struct hash_queue *queue, struct hash_job *job, int room, struct hash_batch *batch)
{
	if (job->turn > queue->turn)
		queue->turn = job->turn;
	while (job->begun < job->lanes && batch->count < room) {
		batch->owner[batch->count] = job;
		batch->lanes.block[batch->count] = job->blocks + 128 * job->r * (size_t)job->begun;
		batch->count++;
		job->begun++;
		queue->cost -= hash_job_cost(job, 1);
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
		if (!can_share_batch(first, job))
			continue;
		take_lanes(queue, job, room, batch);
		if (job->begun == job->lanes)
			hash_queue_remove(queue, job);
	}
}
