/* heartbeat: what each web host does again and again where a database is for many hosts. */
#include "account/heartbeat.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/owner.h"
#include "base/thread.h"
#include "store/hosts.h"
#include "store/seen.h"
#include "store/sessions_fold.h"
#include "store/tidy.h"

enum {
	PERIOD = 60,			/* seconds, like the next ones */
	PERIOD_LEAST = 3,
	PARTS = 20,			/* periods in the time that a session may be left alone */
	MINUTE = 60,			/* to which uses are noted */
	SKEW_MAX = 5000,		/* milliseconds */
	SKEW_TOLD_EVERY = 3600 * 1000,	/* milliseconds */
};

struct heartbeat {
	struct service *service;	/* borrowed */
	int fd;				/* owned: holds the lock, and the last moment */
	struct key_list_directories keys;	/* owned */
	struct seen *seen;		/* owned; NULL where nobody signs in with a browser */
	char name[HOST_NAME_MAX + 1];	/* of this host */
	int64_t told_at;		/* seconds since 1970: when hosts was */
	int64_t skew_told_at;		/* of clock_ms(); 0: never */
	struct thread thread;
	bool has_thread;
	pthread_mutex_t mutex;		/* over what follows */
	pthread_cond_t stopping;
	bool is_stopping;
};

/* ---- Once */

/* What is not a moment is none. */
static int64_t
read_moment(int fd)
{
	int64_t moment = 0;

	return pread(fd, &moment, sizeof(moment), 0) == (ssize_t)sizeof(moment) ? moment : 0;
}

static void
write_moment(int fd, int64_t moment)
{
	if (pwrite(fd, &moment, sizeof(moment), 0) != (ssize_t)sizeof(moment))
		log_event(LEVEL_WARNING, "cannot write to the file heartbeat",
		    LOG_TEXT("reason", strerror(errno)));
}

/* Sessions that may be left alone for a short time need it more often. */
static int64_t
period_of(const struct config *config)
{
	const long least = config->session_idle < config->remembered_idle ? config->session_idle
	    : config->remembered_idle;
	const int64_t period = config->signin ? least / PARTS : PERIOD;

	if (period > PERIOD)
		return PERIOD;
	return period < PERIOD_LEAST ? PERIOD_LEAST : period;
}

static int
compare_ids(const void *a, const void *b)
{
	return strcmp(a, b);
}

const char *
heartbeat_list_kids(const struct key_list_directories *directories,
    char kids[HEARTBEAT_KIDS_SIZE])
{
	struct key_list list = {0};
	size_t len = 0;

	key_list_read(directories, &list);
	qsort(list.keys, list.count, sizeof(list.keys[0]), compare_ids);
	*kids = '\0';
	for (size_t i = 0; i < list.count; i++)
		len += (size_t)snprintf(kids + len, HEARTBEAT_KIDS_SIZE - len, "%s%s",
		    i > 0 ? " " : "", list.keys[i].id);
	return kids;
}

/* Tokens and sessions end by the clock of the host that checks them. */
static void
warn_of_skew(struct heartbeat *heartbeat, int64_t skew)
{
	if ((skew <= SKEW_MAX && skew >= -SKEW_MAX) || (heartbeat->skew_told_at != 0 &&
	    clock_ms() - heartbeat->skew_told_at < SKEW_TOLD_EVERY))
		return;
	heartbeat->skew_told_at = clock_ms();
	log_event(LEVEL_WARNING, "the clock differs from the database's",
	    LOG_NUMBER("milliseconds", skew), LOG_TEXT("reason",
	    "hosts would disagree on what has expired; have all of them set by NTP"));
}

static void
tell_host(struct heartbeat *heartbeat, int64_t now)
{
	char kids[HEARTBEAT_KIDS_SIZE];
	struct hosts_row row = { .name = heartbeat->name, .version = VERSION };
	enum err err;

	if (now >= heartbeat->told_at && now - heartbeat->told_at < PERIOD)
		return;
	heartbeat->told_at = now;
	row.kids = heartbeat_list_kids(&heartbeat->keys, kids);
	if ((err = hosts_find_skew(heartbeat->service->db, &row.skew)) == ERR_OK)
		err = hosts_tell(heartbeat->service->db, &row);
	/* A failure has been logged, and there is a next time. */
	if (err == ERR_OK)
		warn_of_skew(heartbeat, row.skew);
}

static enum err
tidy(struct db_connection *connection, void *now)
{
	return tidy_bite(connection, *(int64_t *)now);
}

/* Does all of it. What fails is done the next time. */
static void
beat(struct heartbeat *heartbeat)
{
	struct db *db = heartbeat->service->db;
	int64_t now = (int64_t)time(NULL), last = read_moment(heartbeat->fd);
	enum err err = ERR_OK;

	/* A clock that was set back: rather write too much. */
	if (last > now)
		last = 0;
	if (heartbeat->seen != NULL)
		err = sessions_fold(db, heartbeat->seen, last - 2 * MINUTE, now);
	if (err != ERR_OK)
		return;
	write_moment(heartbeat->fd, now);
	tell_host(heartbeat, now);
	/* A failure has been logged. */
	if (db_transact(db, tidy, &now) != ERR_OK)
		return;
}

/* Takes the lock, which this process may have already. */
static bool
is_ours(const struct heartbeat *heartbeat)
{
	return flock(heartbeat->fd, LOCK_EX | LOCK_NB) == 0;
}

void
heartbeat_once(struct heartbeat *heartbeat)
{
	const int64_t now = (int64_t)time(NULL), last = read_moment(heartbeat->fd);

	if ((now < last || now - last >= period_of(heartbeat->service->config)) &&
	    is_ours(heartbeat))
		beat(heartbeat);
}

/* ---- Again and again */

static void *
work(void *arg)
{
	struct heartbeat *heartbeat = arg;
	const int64_t period = period_of(heartbeat->service->config) * 1000;

	(void)pthread_mutex_lock(&heartbeat->mutex);
	while (!heartbeat->is_stopping) {
		const int64_t next = clock_ms() + period;

		(void)pthread_mutex_unlock(&heartbeat->mutex);
		if (is_ours(heartbeat))
			beat(heartbeat);
		(void)pthread_mutex_lock(&heartbeat->mutex);
		while (!heartbeat->is_stopping && clock_ms() < next)
			thread_wait_until(&heartbeat->stopping, &heartbeat->mutex, next);
	}
	(void)pthread_mutex_unlock(&heartbeat->mutex);
	return NULL;
}

void
heartbeat_begin(struct heartbeat *heartbeat)
{
	sigset_t all, before;

	/* Signals are for the thread that waits for them. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	heartbeat->has_thread = thread_start(&heartbeat->thread, work, heartbeat) == ERR_OK;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ---- Opening and closing */

static enum err
open_lock(const char *state_dir, int *fd)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/heartbeat", state_dir) >= (int)sizeof(path))
		return ERR_MEMORY;
	if ((*fd = owner_open_file(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK)) >= 0)
		return ERR_OK;
	log_event(LEVEL_ERROR, "cannot open the file heartbeat", LOG_TEXT("file", path),
	    LOG_TEXT("reason", strerror(errno)));
	return ERR_STORAGE;
}

static enum err
open_seen(const struct config *config, struct seen **seen)
{
	char path[PATH_MAX];

	if (!config->signin)
		return ERR_OK;
	if (snprintf(path, sizeof(path), "%s/seen", config->state_dir) >= (int)sizeof(path))
		return ERR_MEMORY;
	return seen_open(path, seen);
}

enum err
heartbeat_open(struct service *service, struct heartbeat **heartbeat)
{
	struct heartbeat *opened = calloc(1, sizeof(*opened));	/* owned until given away */
	enum err err;

	*heartbeat = NULL;
	if (opened == NULL)
		return ERR_MEMORY;
	opened->service = service;
	opened->fd = -1;
	(void)pthread_mutex_init(&opened->mutex, NULL);
	(void)pthread_cond_init(&opened->stopping, NULL);
	/* A host whose name is not to be had is "". */
	(void)gethostname(opened->name, HOST_NAME_MAX);
	if ((err = key_list_open(service->config->state_dir, &opened->keys)) == ERR_OK)
		err = open_lock(service->config->state_dir, &opened->fd);
	if (err == ERR_OK)
		err = open_seen(service->config, &opened->seen);
	if (err == ERR_OK)
		*heartbeat = opened;
	else
		heartbeat_close(opened);
	return err;
}

void
heartbeat_close(struct heartbeat *heartbeat)
{
	if (heartbeat == NULL)
		return;
	(void)pthread_mutex_lock(&heartbeat->mutex);
	heartbeat->is_stopping = true;
	(void)pthread_cond_broadcast(&heartbeat->stopping);
	(void)pthread_mutex_unlock(&heartbeat->mutex);
	if (heartbeat->has_thread)
		thread_join(&heartbeat->thread);
	if (heartbeat->fd >= 0)
		(void)close(heartbeat->fd);
	key_list_close(&heartbeat->keys);
	seen_close(heartbeat->seen);
	(void)pthread_cond_destroy(&heartbeat->stopping);
	(void)pthread_mutex_destroy(&heartbeat->mutex);
	free(heartbeat);
}
