/* group: group commit: what threads of a process change at the same time shares one COMMIT. */
#include "store/sqlite/group.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <time.h>

#include "base/clock.h"

enum { CHANGES_MOST = 64 };	/* in one transaction: other processes wait for its end */

enum state {
	CHANGE_WAITS,
	CHANGE_IS_TAKEN,	/* into the transaction of the thread that leads */
	CHANGE_IS_DONE,
};

/* What one thread wants to change; on its stack while it waits. */
struct change {
	db_work *work;
	void *arg;			/* borrowed */
	enum state state;
	enum err err;			/* what came of it */
	pthread_cond_t told;		/* that the state is another, or that it is to lead */
	TAILQ_ENTRY(change) place;	/* in the queue, then in a transaction */
};

TAILQ_HEAD(changes, change);

struct group {
	struct writer *writer;		/* owned */
	pthread_mutex_t mutex;		/* over all that follows */
	bool is_led;
	struct changes queue;
};

enum err
group_new(struct writer *writer, struct group **group)
{
	if ((*group = calloc(1, sizeof(**group))) == NULL) {
		writer_close(writer);
		return ERR_INTERNAL;
	}
	(*group)->writer = writer;
	TAILQ_INIT(&(*group)->queue);
	(void)pthread_mutex_init(&(*group)->mutex, NULL);
	return ERR_OK;
}

void
group_free(struct group *group)
{
	if (group == NULL)
		return;
	writer_close(group->writer);
	(void)pthread_mutex_destroy(&group->mutex);
	free(group);
}

/* Moves the next change of the queue into the transaction; NULL when there is none. */
static struct change *
take_next(struct group *group, struct changes *taken)
{
	struct change *change;	/* borrowed */

	(void)pthread_mutex_lock(&group->mutex);
	if ((change = TAILQ_FIRST(&group->queue)) != NULL) {
		TAILQ_REMOVE(&group->queue, change, place);
		TAILQ_INSERT_TAIL(taken, change, place);
		change->state = CHANGE_IS_TAKEN;
	}
	(void)pthread_mutex_unlock(&group->mutex);
	return change;
}

/* Does the work of all who wait, also of those that come meanwhile, as long as it can be kept. */
static enum err
do_work(struct group *group, struct changes *taken)
{
	struct change *change;	/* borrowed */
	enum err err = ERR_OK;

	for (int i = 0; i < CHANGES_MOST && err == ERR_OK; i++) {
		if ((change = take_next(group, taken)) == NULL)
			break;
		err = writer_work(group->writer, change->work, change->arg, &change->err);
	}
	return err;
}

/* Tells all whose work was part of a transaction what came of it. */
static void
tell(struct group *group, struct changes *taken, enum err err)
{
	struct change *change;	/* borrowed; gone once it is told and the mutex is free */

	(void)pthread_mutex_lock(&group->mutex);
	while ((change = TAILQ_FIRST(taken)) != NULL) {
		TAILQ_REMOVE(taken, change, place);
		if (change->err == ERR_OK)
			change->err = err;
		change->state = CHANGE_IS_DONE;
		(void)pthread_cond_signal(&change->told);
	}
	(void)pthread_mutex_unlock(&group->mutex);
}

/* Runs one transaction. Returns what kept it from beginning; nobody but the caller gets that. */
static enum err
lead(struct group *group, int64_t deadline)
{
	struct changes taken = TAILQ_HEAD_INITIALIZER(taken);
	enum err err;

	if ((err = writer_begin(group->writer, deadline)) != ERR_OK)
		return err;
	err = do_work(group, &taken);
	err = writer_commit(group->writer, err);
	tell(group, &taken, err);
	/* Last, as it may take long. */
	writer_release(group->writer);
	return ERR_OK;
}

/* Ends a change that nobody has taken. */
static void
withdraw(struct group *group, struct change *change, enum err err)
{
	TAILQ_REMOVE(&group->queue, change, place);
	change->err = err;
	change->state = CHANGE_IS_DONE;
}

static void
take_the_lead(struct group *group, struct change *change, int64_t deadline)
{
	enum err err;

	group->is_led = true;
	(void)pthread_mutex_unlock(&group->mutex);
	err = lead(group, deadline);
	(void)pthread_mutex_lock(&group->mutex);
	group->is_led = false;
	if (err != ERR_OK)
		withdraw(group, change, err);
}

/* Waits until the change is done, or somebody has to lead. */
static void
follow(struct group *group, struct change *change, int64_t deadline)
{
	const struct timespec until = {
		.tv_sec = deadline / 1000, .tv_nsec = deadline % 1000 * 1000000,
	};
	int failure = 0;

	/* What is in a transaction is done soon, and cannot be taken back. */
	if (change->state == CHANGE_IS_TAKEN)
		failure = pthread_cond_wait(&change->told, &group->mutex);
	else
		failure = pthread_cond_clockwait(&change->told, &group->mutex, CLOCK_MONOTONIC,
		    &until);
	if (failure != ETIMEDOUT || change->state != CHANGE_WAITS || !group->is_led)
		return;
	connection_complain(writer_connection(group->writer), "wait for other threads",
	    "they were writing all the while");
	withdraw(group, change, ERR_STORAGE);
}

enum err
group_transact(struct group *group, db_work *work, void *arg)
{
	const int64_t deadline = clock_ms() + writer_connection(group->writer)->wait;
	struct change change = { .work = work, .arg = arg };
	struct change *next;	/* borrowed */

	(void)pthread_cond_init(&change.told, NULL);
	(void)pthread_mutex_lock(&group->mutex);
	TAILQ_INSERT_TAIL(&group->queue, &change, place);
	while (change.state != CHANGE_IS_DONE) {
		if (group->is_led)
			follow(group, &change, deadline);
		else
			take_the_lead(group, &change, deadline);
	}
	if (!group->is_led && (next = TAILQ_FIRST(&group->queue)) != NULL)
		(void)pthread_cond_signal(&next->told);
	(void)pthread_mutex_unlock(&group->mutex);
	(void)pthread_cond_destroy(&change.told);
	return change.err;
}
