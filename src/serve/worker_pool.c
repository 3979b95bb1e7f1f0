/* worker_pool: the threads of a FastCGI process, all on one listening socket. */
#include "serve/worker_pool.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"

enum {
	STOP_PAUSE_MS = 20,		/* until it is asked again whether all have ended */
	QUIET_MS = 5000,		/* without a step: then memory is given back */
};

/* ENDED: its thread has ended, or is about to, and waits to be joined. */
enum worker_state { WORKER_FREE, WORKER_RUNNING, WORKER_ENDED };

struct worker {
	struct thread thread;
	struct worker_pool *pool;	/* borrowed */
	long number;
	enum worker_state state;	/* guarded by the pool's mutex */
};

struct worker_pool {
	const struct worker_pool_plan *plan;	/* borrowed */
	struct connections *connections;	/* borrowed */
	struct deadlines *deadlines;		/* borrowed */
	atomic_long idle;
	atomic_bool is_short;		/* of a thread that could not be started; logged */
	atomic_long busy;		/* threads that serve a request */
	atomic_ulong steps;		/* connections, answers, and threads that have ended */
	unsigned long steps_then;	/* as they were at the last worker_pool_maintain() */
	int64_t stepped_at;		/* when they were others the last time, or nobody busy */
	int64_t quiet_at;		/* when to give memory back if no step follows; 0: done */
	pthread_mutex_t mutex;		/* guards what follows, and the states */
	bool is_stopping;
	struct worker workers[];	/* plan->most of them */
};

static void
set_state(struct worker *worker, enum worker_state state)
{
	(void)pthread_mutex_lock(&worker->pool->mutex);
	worker->state = state;
	(void)pthread_mutex_unlock(&worker->pool->mutex);
}

static enum worker_state
get_state(struct worker *worker)
{
	enum worker_state state;

	(void)pthread_mutex_lock(&worker->pool->mutex);
	state = worker->state;
	(void)pthread_mutex_unlock(&worker->pool->mutex);
	return state;
}

/* Starts the thread of a worker that has been claimed; on failure it is free again. */
static enum err
start(struct worker *worker, void *(*work)(void *))
{
	enum err err = thread_start(&worker->thread, work, worker);

	if (err != ERR_OK)
		set_state(worker, WORKER_FREE);
	return err;
}

/* Claims a free worker; NULL while another is idle, and when there is none. */
static struct worker *
claim(struct worker_pool *pool)
{
	struct worker *worker = NULL;

	if (pool->idle > 0)
		return NULL;
	(void)pthread_mutex_lock(&pool->mutex);
	if (!pool->is_stopping)
		for (long i = 0; i < pool->plan->most && worker == NULL; i++)
			if (pool->workers[i].state == WORKER_FREE)
				worker = &pool->workers[i];
	if (worker != NULL)
		worker->state = WORKER_RUNNING;
	(void)pthread_mutex_unlock(&pool->mutex);
	return worker;
}

/* Starts a thread for the next connection if none is idle; without one, that has to wait. */
static void
provide_next(struct worker_pool *pool, void *(*work)(void *))
{
	struct worker *next = pool->plan->most > pool->plan->permanent ? claim(pool) : NULL;

	if (next == NULL)
		return;
	if (start(next, work) == ERR_OK)
		pool->is_short = false;
	else if (!atomic_exchange(&pool->is_short, true))
		log_event(LEVEL_WARNING, "cannot start another thread, so requests wait",
		    LOG_NUMBER("threads", next->number));
}

/*
 * Serves one request. Returns whether the next one has come on the same connection. Then that is
 * served without asking who else waits: a peer has hardly the time to write it, and cannot count
 * on that.
 */
static bool
serve_one(const struct worker *worker, enum connection connection, int fd)
{
	struct worker_pool *pool = worker->pool;
	bool is_next_there;

	pool->busy++;
	pool->steps++;
	if (pool->plan->awake != NULL)
		awake_begin(pool->plan->awake, worker->number);
	is_next_there = pool->plan->serve(pool->plan->arg, worker->number, connection, fd) &&
	    !connections_keep(pool->connections, connection, fd);
	if (pool->plan->awake != NULL)
		awake_end(pool->plan->awake, worker->number);
	pool->steps++;
	pool->busy--;
	return is_next_there;
}

/* Serves a request; then the connection waits for the next one, if there may be one. */
static void
serve(const struct worker *worker, enum connection connection, int fd)
{
	while (serve_one(worker, connection, fd))
		connection = CONNECTION_KEPT;
}

/* Serves those who have come already: nobody else may be there to do it. */
static void
serve_rest(const struct worker *worker)
{
	enum connection connection;
	int fd;

	while ((connection = connections_take_rest(worker->pool->connections, &fd)) !=
	    CONNECTION_NONE)
		serve(worker, connection, fd);
}

static enum connection
wait_for_connection(const struct worker *worker, int *fd)
{
	struct worker_pool *pool = worker->pool;
	const bool is_permanent = worker->number < pool->plan->permanent;
	const int timeout_ms = is_permanent ? -1 : pool->plan->idle_ms;
	enum connection connection;
	long others;

	/* The last one stays: while all who are permanent are busy, nobody else takes the next. */
	do {
		if (pool->plan->awake != NULL)
			awake_wait(pool->plan->awake, worker->number);
		pool->idle++;
		connection = connections_wait(pool->connections, timeout_ms, fd);
		others = --pool->idle;
	} while (connection == CONNECTION_NONE && others == 0);
	return connection;
}

static void *
work(void *arg)
{
	struct worker *worker = arg;
	enum connection connection;
	int fd;

	for (;;) {
		connection = wait_for_connection(worker, &fd);
		if (connection == CONNECTION_NONE || connection == CONNECTION_STOP)
			break;
		provide_next(worker->pool, work);
		serve(worker, connection, fd);
	}
	if (connection == CONNECTION_STOP)
		serve_rest(worker);
	set_state(worker, WORKER_ENDED);
	return NULL;
}

/* The last thread: serves those who came while the others ended, and closes the socket. */
static void *
work_last(void *arg)
{
	struct worker *worker = arg;

	serve_rest(worker);
	/* At once: whoever comes between finding nobody and this is turned away. */
	connections_shut(worker->pool->connections);
	set_state(worker, WORKER_ENDED);
	return NULL;
}

static void
join(struct worker *worker)
{
	thread_join(&worker->thread);
	set_state(worker, WORKER_FREE);
	worker->pool->steps++;
}

/* Gives what the heap has free back to the system, once it has been quiet for a while. */
static void
give_memory_back(struct worker_pool *pool, bool has_stepped)
{
	if (has_stepped) {
		pool->quiet_at = clock_ms() + QUIET_MS;
	} else if (pool->quiet_at != 0 && clock_ms() >= pool->quiet_at) {
		(void)malloc_trim(0);
		pool->quiet_at = 0;
	}
}

void
worker_pool_maintain(struct worker_pool *pool)
{
	unsigned long steps;
	bool has_stepped;

	deadlines_enforce(pool->deadlines);
	for (long i = 0; i < pool->plan->most; i++)
		if (get_state(&pool->workers[i]) == WORKER_ENDED)
			join(&pool->workers[i]);
	steps = pool->steps;
	has_stepped = steps != pool->steps_then;
	pool->steps_then = steps;
	if (has_stepped || pool->busy == 0)
		pool->stepped_at = clock_ms();
	give_memory_back(pool, has_stepped);
}

bool
worker_pool_is_stuck(const struct worker_pool *pool, int64_t patience_ms)
{
	return clock_ms() - pool->stepped_at > patience_ms;
}

static bool
is_empty(struct worker_pool *pool)
{
	for (long i = 0; i < pool->plan->most; i++)
		if (get_state(&pool->workers[i]) != WORKER_FREE)
			return false;
	return true;
}

static void
wait_until_empty(struct worker_pool *pool)
{
	static const struct timespec pause = { .tv_nsec = STOP_PAUSE_MS * 1000000 };

	for (worker_pool_maintain(pool); !is_empty(pool); worker_pool_maintain(pool))
		(void)nanosleep(&pause, NULL);
}

/* Tells all threads to end, and waits until they have. */
static void
end_all(struct worker_pool *pool)
{
	(void)pthread_mutex_lock(&pool->mutex);
	pool->is_stopping = true;
	(void)pthread_mutex_unlock(&pool->mutex);
	connections_stop(pool->connections);
	if (pool->plan->awake != NULL)
		awake_all(pool->plan->awake);
	wait_until_empty(pool);
}

static void
free_pool(struct worker_pool *pool)
{
	(void)pthread_mutex_destroy(&pool->mutex);
	free(pool);
}

void
worker_pool_stop(struct worker_pool *pool)
{
	end_all(pool);
	set_state(&pool->workers[0], WORKER_RUNNING);
	if (start(&pool->workers[0], work_last) == ERR_OK)
		wait_until_empty(pool);
	free_pool(pool);
}

enum err
worker_pool_start(const struct worker_pool_plan *plan, struct connections *connections,
    struct deadlines *deadlines, struct worker_pool **result)
{
	struct worker_pool *pool = calloc(1, sizeof(*pool) +
	    (size_t)plan->most * sizeof(pool->workers[0]));
	enum err err = ERR_OK;

	*result = NULL;
	if (pool == NULL)
		return ERR_INTERNAL;
	pool->plan = plan;
	pool->connections = connections;
	pool->deadlines = deadlines;
	pool->quiet_at = pool->stepped_at = clock_ms();
	(void)pthread_mutex_init(&pool->mutex, NULL);
	for (long i = 0; i < plan->most; i++) {
		pool->workers[i].pool = pool;
		pool->workers[i].number = i;
		/* All at once: the first may be so busy that it looks for a free one itself. */
		pool->workers[i].state = i < plan->permanent ? WORKER_RUNNING : WORKER_FREE;
	}
	for (long i = 0; i < plan->permanent; i++) {
		if (err != ERR_OK)
			set_state(&pool->workers[i], WORKER_FREE);
		else
			err = start(&pool->workers[i], work);
	}
	if (err == ERR_OK) {
		*result = pool;
		return ERR_OK;
	}
	end_all(pool);
	free_pool(pool);
	return err;
}
