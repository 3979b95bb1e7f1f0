/* hasher: computes the password hashes of all requests of a process, several at once. */
#include "hash/hasher.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/thread.h"
#include "hash/hasher_internal.h"
#include "hash/scrypt.h"
#include "hash/scrypt_proof.h"
#include "hash/slot.h"

enum { START_MS = 40 };		/* that an idle worker may need to wake up */

static void
divide(const struct config *config, const struct scrypt_kernel *kernel,
    struct hash_division *division)
{
	struct host_limit processors, memory;

	host_find_processors("", &processors);
	host_find_memory("", &memory);
	hash_division_make(config, kernel == NULL ? 1 : scrypt_kernel_lanes(kernel), &processors,
	    &memory, division);
}

void
hasher_divide(const struct config *config, struct hash_division *division)
{
	divide(config, scrypt_proof_choose(config->hash_kernel), division);
}

enum err
hasher_open(const struct config *config, struct hasher **result)
{
	const struct scrypt_kernel *kernel = scrypt_proof_choose(config->hash_kernel);
	struct hash_division division;
	struct hasher *hasher;

	divide(config, kernel, &division);
	hasher = calloc(1, sizeof(*hasher) +
	    (size_t)division.workers * sizeof(struct hash_worker));
	*result = hasher;
	if (hasher == NULL)
		return ERR_INTERNAL;
	hasher->config = config;
	hasher->kernel = kernel;
	hasher->division = division;
	hash_queue_init(&hasher->queue);
	hash_admission_init(&hasher->admission);
	(void)pthread_mutex_init(&hasher->mutex, NULL);
	(void)pthread_cond_init(&hasher->work, NULL);
	return ERR_OK;
}

const char *
hasher_kernel(const struct hasher *hasher)
{
	return hasher->kernel == NULL ? NULL : hasher->kernel->name;
}

long
hasher_workers(const struct hasher *hasher)
{
	return hasher->division.workers;
}

long
hasher_lanes(const struct hasher *hasher)
{
	return hasher->kernel == NULL ? 1 : scrypt_kernel_lanes(hasher->kernel);
}

void
hasher_watch(struct hasher *hasher, hasher_observe *observe, void *arg)
{
	hasher->observe = observe;
	hasher->observe_arg = arg;
}

void
hasher_close(struct hasher *hasher)
{
	if (hasher == NULL)
		return;
	(void)pthread_mutex_lock(&hasher->mutex);
	hasher->is_stopping = true;
	(void)pthread_cond_broadcast(&hasher->work);
	(void)pthread_mutex_unlock(&hasher->mutex);
	for (long i = 0; i < hasher->started; i++)
		hash_worker_join(&hasher->workers[i]);
	hash_slot_release(hasher->admission.full);
	(void)pthread_cond_destroy(&hasher->work);
	(void)pthread_mutex_destroy(&hasher->mutex);
	free(hasher);
}

/* Without the mutex. */
static void
tell(const struct hasher *hasher, long ahead, int64_t waited_ms)
{
	if (hasher->observe != NULL)
		hasher->observe(hasher->observe_arg, ahead, waited_ms);
}

enum err
hasher_ask(struct hasher *hasher, const char *source)
{
	enum err err;

	(void)pthread_mutex_lock(&hasher->mutex);
	err = hash_admission_check(hasher, source);
	(void)pthread_mutex_unlock(&hasher->mutex);
	if (err == ERR_OVERLOADED)
		tell(hasher, 0, -1);
	return err;
}

void
hasher_delay(struct hasher *hasher)
{
	(void)pthread_mutex_lock(&hasher->mutex);
	(void)hash_admission_refuse(hasher);
	(void)pthread_mutex_unlock(&hasher->mutex);
}

/* Wakes all idle workers, and starts more when the lanes would keep more of them busy. */
static void
call_workers(struct hasher *hasher, long lanes)
{
	const long idle = hasher->started - hash_worker_count_running(hasher);

	/* If one cannot be started, the others do its work. */
	for (long i = idle; i < lanes && hasher->started < hasher->division.workers; i++)
		if (hash_worker_start(&hasher->workers[hasher->started], hasher) == ERR_OK)
			hasher->started++;
	(void)pthread_cond_broadcast(&hasher->work);
}

/* With the mutex held: waits until the job is done, or has waited too long to be begun. */
static enum err
wait_for_job(struct hasher *hasher, struct hash_job *job)
{
	/* Admission estimated at most hash_wait, and may be wrong by half of it. */
	const long wait_ms = hasher->config->hash_wait;
	const int64_t deadline = clock_ms() + wait_ms + wait_ms / 2 + START_MS;

	while (job->done < job->lanes) {
		if (job->begun > 0) {
			(void)pthread_cond_wait(&job->changed, &hasher->mutex);
		} else if (clock_ms() < deadline) {
			thread_wait_until(&job->changed, &hasher->mutex, deadline);
		} else {
			hash_queue_remove(&hasher->queue, job);
			return ERR_OVERLOADED;
		}
	}
	return job->err;
}

/* With the mutex held: puts an admitted job into the queue, and waits for it. */
static enum err
queue_job(struct hasher *hasher, struct hash_job *job)
{
	hash_queue_put(&hasher->queue, job);
	call_workers(hasher, job->lanes);
	/* Without any worker the job would wait in vain. */
	if (hasher->started == 0)
		hash_queue_fail(&hasher->queue, ERR_OVERLOADED);
	return wait_for_job(hasher, job);
}

/* Serves a job from admission to the end; scrypt is NULL for one with a work function. */
static enum err
serve(struct hasher *hasher, struct hash_job *job, const char *password,
    const struct scrypt *scrypt)
{
	const int64_t came_at = clock_ms();
	enum err err;
	long ahead;

	(void)pthread_mutex_lock(&hasher->mutex);
	ahead = hasher->admission.places_taken;
	if ((err = hash_admission_enter(hasher, job)) != ERR_OK)
		goto out;
	(void)pthread_mutex_unlock(&hasher->mutex);
	err = scrypt == NULL ? ERR_OK : scrypt_expand(password, scrypt, job->blocks);
	(void)pthread_mutex_lock(&hasher->mutex);
	if (err == ERR_OK)
		err = queue_job(hasher, job);
	hash_admission_leave(hasher, job);
out:
	(void)pthread_mutex_unlock(&hasher->mutex);
	if (err == ERR_OVERLOADED)
		tell(hasher, ahead, -1);
	else if (job->begun_at > 0)
		tell(hasher, ahead, job->begun_at - came_at);
	return err;
}

struct plain {
	const char *password;
	struct scrypt *scrypt;
};

static enum err
run_libscrypt(void *arg)
{
	const struct plain *plain = arg;

	return scrypt_compute(plain->password, plain->scrypt);
}

enum err
hasher_scrypt(struct hasher *hasher, const char *source, const char *password,
    struct scrypt *scrypt)
{
	const size_t size = (size_t)(128 * scrypt->r * scrypt->p);
	struct hash_job job = {
		.source = source,
		.n = (uint32_t)1 << scrypt->log2_n,
		.r = (size_t)scrypt->r,
		.lanes = (int)scrypt->p,
	};
	enum err err;

	if (hasher->kernel == NULL)
		return hasher_run(hasher, source, hash_job_lane_size(&job), run_libscrypt,
		    &(struct plain){ password, scrypt });
	if ((job.blocks = malloc(size)) == NULL)
		return ERR_OVERLOADED;
	(void)pthread_cond_init(&job.changed, NULL);
	if ((err = serve(hasher, &job, password, scrypt)) == ERR_OK)
		err = scrypt_collapse(password, job.blocks, scrypt);
	(void)pthread_cond_destroy(&job.changed);
	secret_wipe(job.blocks, size);
	free(job.blocks);
	return err;
}

enum err
hasher_run(struct hasher *hasher, const char *source, size_t memory,
    enum err (*work)(void *arg), void *arg)
{
	struct hash_job job = {
		.source = source, .work = work, .arg = arg, .work_memory = memory, .lanes = 1,
	};
	enum err err;

	(void)pthread_cond_init(&job.changed, NULL);
	err = serve(hasher, &job, NULL, NULL);
	(void)pthread_cond_destroy(&job.changed);
	return err;
}
