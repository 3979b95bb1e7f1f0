/* write_lock: the lock that the writers of all processes take in turn. */
#include "store/sqlite/write_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/owner.h"

/* Debian 12's C library has the member, but not its name. */
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/*
 * A signal that comes just before flock() begins to wait does not interrupt it: so the timer goes
 * on until it is stopped.
 */
enum { ALARM_PERIOD = 20 };	/* milliseconds */

/* Interrupts the thread that has started it, from its deadline on. */
struct alarm {
	timer_t timer;
	sigset_t blocked;	/* by the thread, before */
};

static void
do_nothing(int signal_number)
{
	(void)signal_number;
}

/* Returns 0, or what is wrong. */
static int
alarm_start(int64_t deadline, struct alarm *alarm)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN,
		.sigev_notify_thread_id = gettid(),
	};
	const struct itimerspec when = {
		.it_value = clock_timespec(deadline),
		.it_interval.tv_nsec = ALARM_PERIOD * 1000000,
	};
	sigset_t signals;

	if (timer_create(CLOCK_MONOTONIC, &event, &alarm->timer) == -1)
		return errno;
	/* Threads of ours block all signals. */
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGRTMIN);
	(void)pthread_sigmask(SIG_UNBLOCK, &signals, &alarm->blocked);
	(void)timer_settime(alarm->timer, TIMER_ABSTIME, &when, NULL);
	return 0;
}

static void
alarm_stop(struct alarm *alarm)
{
	(void)timer_delete(alarm->timer);
	(void)pthread_sigmask(SIG_SETMASK, &alarm->blocked, NULL);
}

/* Opens a file of the state directory; -1 with errno. */
static int
open_file(const struct config *config, const char *name)
{
	char *path = NULL;	/* owned */
	int fd;

	if (asprintf(&path, "%s/%s", config->state_dir, name) < 0)
		return -1;
	fd = owner_open_file(path, O_RDWR);
	free(path);
	return fd;
}

enum err
write_lock_open(const struct config *config, struct write_lock *lock)
{
	/* Without SA_RESTART, so that flock() comes back. */
	const struct sigaction action = { .sa_handler = do_nothing };

	lock->fd = open_file(config, "write.lock");
	lock->queue = lock->fd == -1 ? -1 : open_file(config, "write.queue");
	if (lock->queue != -1 && sigaction(SIGRTMIN, &action, NULL) == 0)
		return ERR_OK;
	return errno == ENOMEM ? ERR_MEMORY : ERR_STORAGE;
}

void
write_lock_close(struct write_lock *lock)
{
	if (lock->queue != -1)
		(void)close(lock->queue);
	if (lock->fd != -1)
		(void)close(lock->fd);
	*lock = (struct write_lock){ .fd = -1, .queue = -1 };
}

/* Takes what nobody has or waits for. */
static bool
take_at_once(const struct write_lock *lock)
{
	bool is_taken;

	if (flock(lock->queue, LOCK_EX | LOCK_NB) == -1)
		return false;
	is_taken = flock(lock->fd, LOCK_EX | LOCK_NB) == 0;
	(void)flock(lock->queue, LOCK_UN);
	/* The next in line may have been woken up, and not have come to it yet. */
	if (!is_taken)
		(void)sched_yield();
	return is_taken;
}

/* Returns 0 once the file is locked, or what is wrong. */
static int
wait_for(int fd, int64_t deadline)
{
	while (clock_ms() < deadline) {
		if (flock(fd, LOCK_EX) == 0)
			return 0;
		if (errno != EINTR)
			return errno;
	}
	return ETIMEDOUT;
}

static int
wait_in_line(const struct write_lock *lock, int64_t deadline)
{
	int failure = wait_for(lock->queue, deadline);

	if (failure != 0)
		return failure;
	failure = wait_for(lock->fd, deadline);
	(void)flock(lock->queue, LOCK_UN);
	return failure;
}

enum err
write_lock_take(const struct write_lock *lock, int64_t deadline)
{
	struct alarm alarm;
	int failure;

	if (take_at_once(lock))
		return ERR_OK;
	if ((failure = alarm_start(deadline, &alarm)) == 0) {
		failure = wait_in_line(lock, deadline);
		alarm_stop(&alarm);
	}
	errno = failure;
	return failure == 0 ? ERR_OK : ERR_STORAGE;
}

void
write_lock_release(const struct write_lock *lock)
{
	(void)flock(lock->fd, LOCK_UN);
}
