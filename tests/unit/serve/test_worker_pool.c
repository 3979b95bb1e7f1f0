/* test_worker_pool: whatever threads are busy with, another takes the next connection. */
#include "serve/worker_pool.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum {
	LIMIT = 1024,
	MOST = 8,
	IDLE_MS = 20,
	HOLD = 'h',		/* what a client sends who wants to be served for long */
	ANSWER = 'a',
};

struct fixture {
	int listening;		/* owned by connections */
	struct sockaddr_un name;
	socklen_t name_len;
	int clients[MOST];
	int count;
	pthread_mutex_t mutex;	/* over what follows */
	pthread_cond_t changed;
	long held;		/* connections that are being served for long */
	bool is_permanent_held;
	bool is_released;
};

static bool
serve(void *arg, long worker, enum connection connection, int fd)
{
	struct fixture *f = arg;
	char wish = 0;

	(void)connection;
	if (read(fd, &wish, 1) == 1 && wish == HOLD) {
		(void)pthread_mutex_lock(&f->mutex);
		f->held++;
		f->is_permanent_held = f->is_permanent_held || worker == 0;
		(void)pthread_cond_broadcast(&f->changed);
		while (!f->is_released)
			(void)pthread_cond_wait(&f->changed, &f->mutex);
		(void)pthread_mutex_unlock(&f->mutex);
	}
	(void)close(fd);
	return false;
}

static void
listen_at(struct fixture *f)
{
	const struct sockaddr_un any = { .sun_family = AF_UNIX };

	f->listening = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	f->name_len = sizeof(f->name);
	assert_int_equal(bind(f->listening, (const struct sockaddr *)&any,
	    sizeof(any.sun_family)), 0);
	assert_int_equal(listen(f->listening, MOST), 0);
	assert_int_equal(getsockname(f->listening, (struct sockaddr *)&f->name, &f->name_len), 0);
}

static int
ask(struct fixture *f, char wish)
{
	const struct timeval hang = { .tv_sec = 60 };
	const int client = socket(AF_UNIX, SOCK_STREAM, 0);

	f->clients[f->count++] = client;
	assert_int_equal(setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &hang, sizeof(hang)), 0);
	assert_int_equal(connect(client, (const struct sockaddr *)&f->name, f->name_len), 0);
	assert_int_equal(write(client, &wish, 1), 1);
	return client;
}

/* Keeps threads busy until the permanent one is among them. */
static void
hold_the_permanent_thread(struct fixture *f)
{
	(void)pthread_mutex_lock(&f->mutex);
	while (!f->is_permanent_held) {
		(void)ask(f, HOLD);
		while (f->held < f->count)
			(void)pthread_cond_wait(&f->changed, &f->mutex);
	}
	(void)pthread_mutex_unlock(&f->mutex);
}

static void
release(struct fixture *f)
{
	(void)pthread_mutex_lock(&f->mutex);
	f->is_released = true;
	(void)pthread_cond_broadcast(&f->changed);
	(void)pthread_mutex_unlock(&f->mutex);
}

static void
somebody_waits_while_others_are_busy_and_it_is_seen_if_all_are(void **state)
{
	static const struct timespec long_idle = { .tv_nsec = 10 * IDLE_MS * 1000000L };
	struct fixture f = {
		.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER,
	};
	const struct worker_pool_plan plan = {
		.permanent = 1, .most = MOST, .idle_ms = IDLE_MS, .arg = &f, .serve = serve,
	};
	struct peers anybody = {0};
	const struct connections_plan waiting = {
		.kept_max = 1, .silent_max = MOST, .silent_ms = 60000, .peers = &anybody,
	};
	struct deadlines *deadlines = deadlines_new(LIMIT);
	struct connections *connections;
	struct worker_pool *pool;
	char byte;

	(void)state;
	listen_at(&f);
	assert_int_equal(connections_open(f.listening, &waiting, deadlines, &connections), ERR_OK);
	assert_int_equal(worker_pool_start(&plan, connections, deadlines, &pool), ERR_OK);
	hold_the_permanent_thread(&f);
	(void)nanosleep(&long_idle, NULL);

	/* It is answered, by the end of the connection, before anybody is released. */
	assert_int_equal(read(ask(&f, ANSWER), &byte, 1), 0);

	/* Then nothing happens any more, and that is seen until they are. */
	assert_false(worker_pool_is_stuck(pool, 60000));
	while (!worker_pool_is_stuck(pool, 5 * IDLE_MS))
		worker_pool_maintain(pool);
	release(&f);
	while (worker_pool_is_stuck(pool, 5 * IDLE_MS))
		worker_pool_maintain(pool);
	worker_pool_stop(pool);
	connections_close(connections);
	deadlines_free(deadlines);
	while (f.count > 0)
		(void)close(f.clients[--f.count]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(somebody_waits_while_others_are_busy_and_it_is_seen_if_all_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
