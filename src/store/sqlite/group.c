/* group: group commit: what threads of a process change at the same time shares one COMMIT. */
#include "store/sqlite/group.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

/* Where a long has 32 bits, only this one takes times as the C library has them. */
#ifdef SYS_futex_time64
#define FUTEX SYS_futex_time64
#else
#define FUTEX SYS_futex
#endif

enum { CHANGES_MOST = 64 };	/* in one transaction: other processes wait for its end */

/* Set under the mutex, but for the last, which the thread that led sets without it. */
enum state {
	CHANGE_WAITS,
	CHANGE_IS_CALLED,	/* waits still, and may lead */
	CHANGE_IS_TAKEN,	/* into the transaction of the thread that leads */
	CHANGE_IS_DONE,		/* and its thread goes on: nobody else may touch it */
};

/* What one thread wants to change; on its stack while it waits. */
struct change {
	db_work *work;
	void *arg;			/* borrowed */
	atomic_uint state;		/* a futex on which the thread waits */
	enum err err;			/* what came of it */
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
		return ERR_MEMORY;
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

/*
 * Sets the state and wakes the thread. Once it is CHANGE_IS_DONE the change may be gone, and
 * waking somebody at its address is harmless. A condition variable would have to live on, and let
 * those that it wakes queue up for the mutex.
 */
static void
set_state(struct change *change, enum state state)
{
	atomic_uint *futex = &change->state;

	atomic_store(futex, state);
	(void)syscall(FUTEX, futex, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* Sleeps while the state is that, until deadline (NULL: for ever). false: it passed. */
static bool
sleep_while(struct change *change, enum state state, const struct timespec *deadline)
{
	return syscall(FUTEX, &change->state, FUTEX_WAIT_BITSET_PRIVATE, state, deadline, NULL,
	    FUTEX_BITSET_MATCH_ANY) == 0 || errno != ETIMEDOUT;
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
		atomic_store(&change->state, CHANGE_IS_TAKEN);
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
tell(struct changes *taken, enum err err)
{
	struct change *change;	/* borrowed until it is done */

	while ((change = TAILQ_FIRST(taken)) != NULL) {
		TAILQ_REMOVE(taken, change, place);
		if (change->err == ERR_OK)
			change->err = err;
		set_state(change, CHANGE_IS_DONE);
	}
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
	tell(&taken, err);
	/* Last, as it may take long. */
	writer_release(group->writer);
	return ERR_OK;
}

/* Ends a change that nobody has taken; under the mutex. */
static void
withdraw(struct group *group, struct change *change, enum err err)
{
	TAILQ_REMOVE(&group->queue, change, place);
	change->err = err;
	atomic_store(&change->state, CHANGE_IS_DONE);
}

static void
join(struct group *group, struct change *change)
{
	(void)pthread_mutex_lock(&group->mutex);
	TAILQ_INSERT_TAIL(&group->queue, change, place);
	(void)pthread_mutex_unlock(&group->mutex);
}

/* Takes the lead, unless somebody else has it or the change is not in the queue any more. */
static bool
take_lead(struct group *group, struct change *change)
{
	bool may_lead;

	(void)pthread_mutex_lock(&group->mutex);
	may_lead = !group->is_led && atomic_load(&change->state) < CHANGE_IS_TAKEN;
	if (may_lead)
		group->is_led = true;
	else if (atomic_load(&change->state) == CHANGE_IS_CALLED)
		atomic_store(&change->state, CHANGE_WAITS);
	(void)pthread_mutex_unlock(&group->mutex);
	return may_lead;
}

/* Gives the lead back, and calls the thread that has waited longest. */
static void
give_lead(struct group *group, struct change *change, enum err err)
{
	struct change *next;	/* borrowed */

	(void)pthread_mutex_lock(&group->mutex);
	group->is_led = false;
	if (err != ERR_OK)
		withdraw(group, change, err);
	if ((next = TAILQ_FIRST(&group->queue)) != NULL)
		set_state(next, CHANGE_IS_CALLED);
	(void)pthread_mutex_unlock(&group->mutex);
}

/* Gives a change up whose deadline has passed, if somebody else leads and has not taken it. */
static void
give_up(struct group *group, struct change *change)
{
	bool is_late;

	(void)pthread_mutex_lock(&group->mutex);
	is_late = group->is_led && atomic_load(&change->state) == CHANGE_WAITS;
	if (is_late)
		withdraw(group, change, ERR_STORAGE);
	(void)pthread_mutex_unlock(&group->mutex);
	if (is_late)
		connection_complain(writer_connection(group->writer), "wait for other threads",
		    "they were writing all the while");
}

/* Waits until the change is done, or its thread is called. */
static void
follow(struct group *group, struct change *change, int64_t deadline)
{
	const struct timespec until = clock_timespec(deadline);

	switch ((enum state)atomic_load(&change->state)) {
	case CHANGE_WAITS:
		if (!sleep_while(change, CHANGE_WAITS, &until))
			give_up(group, change);
		break;
	case CHANGE_IS_TAKEN:
		/* It is done soon, and cannot be taken back. */
		(void)sleep_while(change, CHANGE_IS_TAKEN, NULL);
		break;
	case CHANGE_IS_CALLED:
	case CHANGE_IS_DONE:
		break;
	}
}

enum err
group_transact(struct group *group, db_work *work, void *arg)
{
	const int64_t deadline = clock_ms() + writer_connection(group->writer)->wait;
	struct change change = { .work = work, .arg = arg };

	join(group, &change);
	while (atomic_load(&change.state) != CHANGE_IS_DONE) {
		if (take_lead(group, &change))
			give_lead(group, &change, lead(group, deadline));
		else
			follow(group, &change, deadline);
	}
	return change.err;
}
