/* hasher: computes the password hashes of all requests of a process, several at once. */
#include "hash/hasher.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/thread.h"
#include "hash/hasher_internal.h"
#include "hash/scrypt.h"
#include "hash/scrypt_proof.h"

enum { START_MS = 40 };		/* that an idle worker may need to wake up */

/*
 * Divides the memory that hashing may take on this host into slots. Unless hash_memory says how
 * much that is, it is enough for full lanes on all cores and for any stored hash, but at most a
 * quarter of the host's memory.
 */
static void
divide_memory(struct hasher *hasher)
{
	const struct config *config = hasher->config;
	const size_t lane = (size_t)(128 * config->scrypt_r) << config->scrypt_log2_n;
	const size_t any_hash = (size_t)256 * 1024 * 1024;
	const size_t host = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
	const size_t lanes = hasher->kernel == NULL ? 1 :
	    (size_t)scrypt_kernel_lanes(hasher->kernel);
	size_t total = (size_t)config->hash_memory * 1024 * 1024;

	if (total == 0) {
		total = (size_t)config->hash_slots * lanes * lane;
		total = total > any_hash ? total : any_hash;
		total = total < host / 4 ? total : host / 4;
	}
	hasher->slots = (long)(total / lane);
	if (hasher->slots > config->hash_slots)
		hasher->slots = config->hash_slots;
	if (hasher->slots < 1)
		hasher->slots = 1;
	hasher->slot_memory = total / (size_t)hasher->slots;
	if (hasher->slot_memory < lane)
		hasher->slot_memory = lane;
}

enum err
hasher_open(const struct config *config, struct hasher **result)
{
	const size_t workers = (size_t)config->hash_slots * sizeof(struct hash_worker);
	struct hasher *hasher = calloc(1, sizeof(*hasher) + workers);

	*result = hasher;
	if (hasher == NULL)
		return ERR_INTERNAL;
	hasher->config = config;
	hasher->kernel = scrypt_proof_choose(config->hash_kernel);
	hash_queue_init(&hasher->queue);
	divide_memory(hasher);
	(void)pthread_mutex_init(&hasher->mutex, NULL);
	(void)pthread_cond_init(&hasher->work, NULL);
	return ERR_OK;
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
	(void)pthread_cond_destroy(&hasher->work);
	(void)pthread_mutex_destroy(&hasher->mutex);
	free(hasher);
}

enum err
hasher_ask(struct hasher *hasher, const char *source)
{
	enum err err;

	(void)pthread_mutex_lock(&hasher->mutex);
	err = hash_admission_check(hasher, source);
	(void)pthread_mutex_unlock(&hasher->mutex);
	return err;
}

/* Wakes all idle workers, and starts more when the lanes would keep more of them busy. */
static void
call_workers(struct hasher *hasher, long lanes)
{
	const long idle = hasher->started - hash_worker_count_running(hasher);

	/* If one cannot be started, the others do its work. */
	for (long i = idle; i < lanes && hasher->started < hasher->slots; i++)
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
	enum err err;

	(void)pthread_mutex_lock(&hasher->mutex);
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
		return hasher_run(hasher, source, run_libscrypt,
		    &(struct plain){ password, scrypt });
	if ((job.blocks = malloc(size)) == NULL)
		return ERR_INTERNAL;
	(void)pthread_cond_init(&job.changed, NULL);
	if ((err = serve(hasher, &job, password, scrypt)) == ERR_OK)
		err = scrypt_collapse(password, job.blocks, scrypt);
	(void)pthread_cond_destroy(&job.changed);
	secret_wipe(job.blocks, size);
	free(job.blocks);
	return err;
}

enum err
hasher_run(struct hasher *hasher, const char *source, enum err (*work)(void *arg), void *arg)
{
	struct hash_job job = { .source = source, .work = work, .arg = arg, .lanes = 1 };
	enum err err;

	(void)pthread_cond_init(&job.changed, NULL);
	err = serve(hasher, &job, NULL, NULL);
	(void)pthread_cond_destroy(&job.changed);
	return err;
}
