/* crew: the threads of a FastCGI process, on one listening socket. */
#include "serve/worker_pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "serve/memory.h"

enum {
	SPARE_MS = 5000,		/* a thread that is not lasting stays that long idle */
	LOOK_MS = 20,			/* between two looks at the end */
	LAST_CONNECTIONS = 64,		/* a thread takes when it is time to go */
	REST_MS = 5000,			/* without a step: then memory is given back */
};

/* SEAT_LEFT: its thread has ended or is about to, and waits to be joined. */
enum seat_state { SEAT_FREE, SEAT_TAKEN, SEAT_LEFT };

struct seat {
	struct thread thread;
	struct crew *crew;		/* borrowed */
	long number;
	enum seat_state state;		/* guarded by the crew's mutex */
};

struct crew {
	const struct crew_duty *duty;	/* borrowed */
	struct arrivals *arrivals;	/* owned */
	atomic_long idle;
	atomic_ulong steps;		/* arrivals, answers, and threads that have gone */
	unsigned long steps_then;	/* as they were when somebody last looked, and */
	int64_t rest_at;		/* when to give back if there are no more; 0: done */
	pthread_mutex_t mutex;		/* over what follows, and the states */
	bool is_stopping;
	struct seat seats[];		/* duty->most of them */
};

static void
set_state(struct seat *seat, enum seat_state state)
{
	(void)pthread_mutex_lock(&seat->crew->mutex);
	seat->state = state;
	(void)pthread_mutex_unlock(&seat->crew->mutex);
}

static enum seat_state
get_state(struct seat *seat)
{
	enum seat_state state;

	(void)pthread_mutex_lock(&seat->crew->mutex);
	state = seat->state;
	(void)pthread_mutex_unlock(&seat->crew->mutex);
	return state;
}

/* Opens and starts the thread of a seat that is taken already; on failure it is free again. */
static enum err
fill(struct seat *seat, void *(*work)(void *))
{
	const struct crew_duty *duty = seat->crew->duty;
	enum err err = duty->open(duty->arg, seat->number);

	if (err == ERR_OK && (err = thread_start(&seat->thread, work, seat)) != ERR_OK)
		duty->close(duty->arg, seat->number);
	if (err != ERR_OK)
		set_state(seat, SEAT_FREE);
	return err;
}

/* Takes a free seat; NULL while somebody is idle, and when there is none. */
static struct seat *
take_seat(struct crew *crew)
{
	struct seat *seat = NULL;

	if (crew->idle > 0)
		return NULL;
	(void)pthread_mutex_lock(&crew->mutex);
	if (!crew->is_stopping)
		for (long i = 0; i < crew->duty->most && seat == NULL; i++)
			if (crew->seats[i].state == SEAT_FREE)
				seat = &crew->seats[i];
	if (seat != NULL)
		seat->state = SEAT_TAKEN;
	(void)pthread_mutex_unlock(&crew->mutex);
	return seat;
}

/* One request; then the connection waits for the next with the others, if there may be one. */
static void
serve(const struct seat *seat, enum arrival arrival, int fd)
{
	struct crew *crew = seat->crew;

	crew->steps++;
	if (crew->duty->serve(crew->duty->arg, seat->number, arrival, fd))
		arrivals_keep(crew->arrivals, fd);
	crew->steps++;
}

/* Those who have come already are still served: nobody else may be there to do it. */
static void
serve_rest(const struct seat *seat, int most)
{
	enum arrival arrival;
	int fd;

	for (int i = 0; i < most; i++) {
		arrival = arrivals_take_rest(seat->crew->arrivals, &fd);
		if (arrival == ARRIVAL_NONE)
			break;
		serve(seat, arrival, fd);
	}
}

static enum arrival
wait_for_arrival(const struct seat *seat, int *fd)
{
	struct crew *crew = seat->crew;
	const int timeout_ms = seat->number < crew->duty->lasting ? -1 : SPARE_MS;
	enum arrival arrival;

	crew->idle++;
	arrival = arrivals_wait(crew->arrivals, timeout_ms, fd);
	crew->idle--;
	return arrival;
}

static void *
work(void *arg)
{
	struct seat *seat = arg, *next;
	struct crew *crew = seat->crew;
	enum arrival arrival;
	enum err err;
	int fd;

	for (;;) {
		arrival = wait_for_arrival(seat, &fd);
		if (arrival == ARRIVAL_NONE || arrival == ARRIVAL_END)
			break;
		/* See first that somebody is there for the next; without, it has to wait. */
		if ((next = take_seat(crew)) != NULL && (err = fill(next, work)) != ERR_OK)
			log_event(LEVEL_WARNING, "one thread less than would be of use",
			    LOG_TEXT("reason", err_name(err)));
		serve(seat, arrival, fd);
	}
	if (arrival == ARRIVAL_END)
		serve_rest(seat, LAST_CONNECTIONS);
	set_state(seat, SEAT_LEFT);
	return NULL;
}

/* The last thread: for those who came while the others left, and to close behind them. */
static void *
work_last(void *arg)
{
	struct seat *seat = arg;

	serve_rest(seat, 8 * LAST_CONNECTIONS);
	/* At once: whoever comes between finding nobody and this is turned away. */
	arrivals_shut(seat->crew->arrivals);
	set_state(seat, SEAT_LEFT);
	return NULL;
}

static void
clear(struct seat *seat)
{
	const struct crew_duty *duty = seat->crew->duty;

	thread_join(&seat->thread);
	duty->close(duty->arg, seat->number);
	set_state(seat, SEAT_FREE);
	seat->crew->steps++;
}

/* Once it has been quiet for a while, and at the start, others have more use for memory. */
static void
give_memory_back(struct crew *crew)
{
	const unsigned long steps = crew->steps;

	if (steps != crew->steps_then) {
		crew->steps_then = steps;
		crew->rest_at = clock_ms() + REST_MS;
	} else if (crew->rest_at != 0 && clock_ms() >= crew->rest_at) {
		memory_give_back();
		crew->rest_at = 0;
	}
}

void
crew_look_after(struct crew *crew)
{
	crew->duty->look(crew->duty->arg);
	arrivals_look_after(crew->arrivals);
	for (long i = 0; i < crew->duty->most; i++)
		if (get_state(&crew->seats[i]) == SEAT_LEFT)
			clear(&crew->seats[i]);
	give_memory_back(crew);
}

static bool
is_empty(struct crew *crew)
{
	for (long i = 0; i < crew->duty->most; i++)
		if (get_state(&crew->seats[i]) != SEAT_FREE)
			return false;
	return true;
}

static void
wait_until_empty(struct crew *crew)
{
	static const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000 };

	for (crew_look_after(crew); !is_empty(crew); crew_look_after(crew))
		(void)nanosleep(&pause, NULL);
}

/* Tells all to go, and waits until they have. */
static void
send_home(struct crew *crew)
{
	(void)pthread_mutex_lock(&crew->mutex);
	crew->is_stopping = true;
	(void)pthread_mutex_unlock(&crew->mutex);
	arrivals_end(crew->arrivals);
	wait_until_empty(crew);
}

static void
crew_free(struct crew *crew)
{
	if (crew->arrivals != NULL)
		arrivals_close(crew->arrivals);
	(void)pthread_mutex_destroy(&crew->mutex);
	free(crew);
}

void
crew_stop(struct crew *crew)
{
	send_home(crew);
	set_state(&crew->seats[0], SEAT_TAKEN);
	if (fill(&crew->seats[0], work_last) == ERR_OK)
		wait_until_empty(crew);
	crew_free(crew);
}

enum err
crew_start(const struct crew_duty *duty, struct crew **result)
{
	struct crew *crew = calloc(1, sizeof(*crew) + (size_t)duty->most * sizeof(crew->seats[0]));
	enum err err = ERR_OK;

	*result = NULL;
	if (crew == NULL)
		return ERR_INTERNAL;
	crew->duty = duty;
	crew->rest_at = clock_ms();
	(void)pthread_mutex_init(&crew->mutex, NULL);
	for (long i = 0; i < duty->most; i++) {
		crew->seats[i].crew = crew;
		crew->seats[i].number = i;
		/* All at once: the first may be so busy that it looks for a free seat itself. */
		crew->seats[i].state = i < duty->lasting ? SEAT_TAKEN : SEAT_FREE;
	}
	if ((err = arrivals_open(duty->listen_fd, &crew->arrivals)) != ERR_OK) {
		crew_free(crew);
		return err;
	}
	*result = crew;
	for (long i = 0; i < duty->lasting; i++) {
		if (err != ERR_OK)
			set_state(&crew->seats[i], SEAT_FREE);
		else
			err = fill(&crew->seats[i], work);
	}
	if (err == ERR_OK)
		return ERR_OK;
	*result = NULL;
	send_home(crew);
	crew_free(crew);
	return err;
}
