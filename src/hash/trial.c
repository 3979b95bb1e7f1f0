/* hash_trial: measures how long logins take at the cost of the settings. */
#include "hash/trial.h"

#include <stdlib.h>
#include <time.h>

#include "base/thread.h"
#include "hash/hasher.h"
#include "hash/scrypt.h"

enum {
	TOGETHER_MAX = 256,		/* a quarter of the waiting places, which a source has */
	WAIT_MS = 60000,		/* a trial is not refused for the load that it makes */
	WINDOW_MS = 250,		/* at most, for quick hashes */
	ROUNDS = 8,			/* of lone hashes; so many fit into the window */
	LEAST = 3,			/* hashes of each thread */
};

struct together {
	struct hasher *hasher;		/* borrowed */
	const struct config *config;	/* borrowed */
	double window;			/* milliseconds in which hashes are begun */
	struct worker {
		struct together *together;
		struct thread thread;
		double per_second;
		enum err err;
	} workers[TOGETHER_MAX];
};

static double
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

/* Any password and salt take the same time. */
static enum err
make_one(struct hasher *hasher, const struct config *config)
{
	struct scrypt scrypt = {
		.log2_n = config->scrypt_log2_n, .r = config->scrypt_r, .p = config->scrypt_p,
		.salt_len = SCRYPT_SALT_LEN,
	};

	return hasher_scrypt(hasher, NULL, "bearward: a trial", &scrypt);
}

static struct config
patient(const struct config *config)
{
	struct config changed = *config;

	changed.hash_wait = WAIT_MS;
	changed.hash_waiting = 4 * TOGETHER_MAX;
	return changed;
}

enum err
hash_trial_alone(const struct config *given, double *ms)
{
	const struct config config = patient(given);
	struct hasher *hasher;
	double begun_at;
	enum err err;

	*ms = 0;
	if ((err = hasher_open(&config, &hasher)) != ERR_OK)
		return err;
	begun_at = now_ms();
	err = make_one(hasher, &config);
	*ms = now_ms() - begun_at;
	hasher_close(hasher);
	return err;
}

/* The first hash does not count: while it is made, the memory of all lanes is made, too. */
static void *
make_many(void *arg)
{
	struct worker *worker = arg;
	struct together *together = worker->together;
	double begun_at, now;
	long made = 0;

	worker->err = make_one(together->hasher, together->config);
	begun_at = now_ms();
	do {
		if (worker->err == ERR_OK)
			worker->err = make_one(together->hasher, together->config);
		now = now_ms();
		made++;
	} while (worker->err == ERR_OK &&
	    (made < LEAST || now < begun_at + together->window));
	worker->per_second = (double)made * 1e3 / (now - begun_at);
	return NULL;
}

/* Returns how many hashes fill the lanes of all workers, and those of the next batch. */
static long
count_needed(const struct hasher *hasher, long p)
{
	const long lanes = (hasher_workers(hasher) + 1) * hasher_lanes(hasher);
	const long needed = (lanes + p - 1) / p;

	return needed < TOGETHER_MAX ? needed : TOGETHER_MAX;
}

static enum err
make_together(struct together *together, double alone_ms, double *per_second)
{
	const long count = count_needed(together->hasher, together->config->scrypt_p);
	long started = 0;
	enum err err = ERR_OK;

	together->window = ROUNDS * alone_ms < WINDOW_MS ? ROUNDS * alone_ms : WINDOW_MS;
	while (started < count && err == ERR_OK) {
		struct worker *worker = &together->workers[started];

		worker->together = together;
		if ((err = thread_start(&worker->thread, make_many, worker)) == ERR_OK)
			started++;
	}
	for (long i = 0; i < started; i++) {
		const struct worker *worker = &together->workers[i];

		thread_join(&together->workers[i].thread);
		*per_second += worker->per_second;
		if (err == ERR_OK)
			err = worker->err;
	}
	return err;
}

enum err
hash_trial_together(const struct config *given, double alone_ms, double *per_second)
{
	const struct config config = patient(given);
	struct together *together = calloc(1, sizeof(*together));	/* owned */
	enum err err;

	*per_second = 0;
	if (together == NULL)
		return ERR_MEMORY;
	together->config = &config;
	if ((err = hasher_open(&config, &together->hasher)) == ERR_OK)
		err = make_together(together, alone_ms, per_second);
	hasher_close(together->hasher);
	free(together);
	return err;
}
