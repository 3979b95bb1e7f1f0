/*
 * store [wal|delete [SECONDS]]: how writers share the database, in a directory of its own.
 *
 * Eight processes that add users in a loop: the fewest users that one added against the most, and
 * how many calls gave up. Then threads of one process: how much more often eight commit than one,
 * the two by turns, so that whatever else the machine does falls on both alike.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/users.h"

#define HASH "$s1$0e0801$c2FsdHNhbHRzYWx0c2FsdA==$" \
	"aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2hoYXM="

enum { WRITERS = 8, ROUNDS = 5 };

struct writer {
	pthread_t thread;
	struct db *db;		/* borrowed */
	int64_t until;		/* milliseconds of clock_ms() */
	long added;
	long failed;
	long longest;		/* milliseconds of one call */
};

static void
fail(const char *reason)
{
	fprintf(stderr, "store: %s\n", reason);
	exit(1);
}

/* Adds a user nobody has added before. */
static enum err
add_one(struct db *db)
{
	static atomic_long number;
	char name[64];
	struct user user = {
		.username = name, .username_key = name, .hashed_password = (char *)HASH,
		.is_active = true, .scope = (char *)"",
	};

	snprintf(name, sizeof(name), "user-%ld-%ld", (long)getpid(),
	    atomic_fetch_add(&number, 1));
	return users_add(db, &user);
}

static void *
keep_adding(void *arg)
{
	struct writer *writer = arg;
	int64_t began = clock_ms();

	while (began < writer->until) {
		int64_t now;
		bool is_added = add_one(writer->db) == ERR_OK;

		writer->added += is_added;
		writer->failed += !is_added;
		now = clock_ms();
		if (now - began > writer->longest)
			writer->longest = (long)(now - began);
		began = now;
	}
	return NULL;
}

static struct db *
open_db(const struct config *config)
{
	struct db *db = NULL;

	if (db_open(config, DB_WRITE, &db) != ERR_OK)
		fail("cannot open the database");
	return db;
}

static void
measure_processes(const struct config *config, long seconds)
{
	struct writer *writers = mmap(NULL, sizeof(*writers) * WRITERS, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const int64_t begins = clock_ms() + 200;	/* all of them are there by then */
	long fewest = -1, most = 0, failed = 0, longest = 0;

	if (writers == MAP_FAILED)
		fail("out of memory");
	for (int i = 0; i < WRITERS; i++) {
		if (fork() != 0)
			continue;
		writers[i].db = open_db(config);
		writers[i].until = begins + seconds * 1000;
		while (clock_ms() < begins)
			(void)usleep(1000);
		(void)keep_adding(&writers[i]);
		db_close(writers[i].db);
		_exit(0);
	}
	while (wait(NULL) > 0)
		continue;
	printf("%d processes:", WRITERS);
	for (int i = 0; i < WRITERS; i++) {
		printf(" %ld", writers[i].added);
		fewest = fewest < 0 || writers[i].added < fewest ? writers[i].added : fewest;
		most = writers[i].added > most ? writers[i].added : most;
		failed += writers[i].failed;
		longest = writers[i].longest > longest ? writers[i].longest : longest;
	}
	printf("\nfewest / most %.2f, gave up %ld, longest wait %ld ms\n",
	    (double)fewest / (double)(most > 0 ? most : 1), failed, longest);
}

/* Returns how many users so many threads add together. */
static long
count_added(struct db *db, int threads, long milliseconds)
{
	struct writer writers[WRITERS] = {0};
	long added = 0;

	for (int i = 0; i < threads; i++) {
		writers[i].db = db;
		writers[i].until = clock_ms() + milliseconds;
		if (pthread_create(&writers[i].thread, NULL, keep_adding, &writers[i]) != 0)
			fail("cannot start a thread");
	}
	for (int i = 0; i < threads; i++) {
		(void)pthread_join(writers[i].thread, NULL);
		added += writers[i].added;
		if (writers[i].failed > 0)
			fail("a call gave up");
	}
	return added;
}

static void
measure_threads(const struct config *config, long seconds)
{
	struct db *db = open_db(config);
	long by_one = 0, by_all = 0;

	for (int i = 0; i < ROUNDS; i++) {
		by_one += count_added(db, 1, seconds * 1000 / ROUNDS);
		by_all += count_added(db, WRITERS, seconds * 1000 / ROUNDS);
	}
	printf("one thread %ld, %d threads %ld: %.1f times as many\n", by_one, WRITERS, by_all,
	    (double)by_all / (double)(by_one > 0 ? by_one : 1));
	db_close(db);
}

static void
remove_all(const char *directory)
{
	static const char *const names[] = {
		"bearward.db", "bearward.db-wal", "bearward.db-shm", "bearward.db-journal",
		"write.lock", "write.queue",
	};
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(directory);
}

int
main(int argc, char **argv)
{
	char directory[] = "build/bench-store-XXXXXX";
	struct config config = { .state_dir = directory, .storage_wait = 2000 };
	const bool is_delete = argc > 1 && strcmp(argv[1], "delete") == 0;
	const long seconds = argc > 2 ? atol(argv[2]) : 5;

	config.journal_mode = is_delete ? JOURNAL_DELETE : JOURNAL_WAL;
	if (mkdtemp(directory) == NULL)
		fail("run it where build/ is");
	if (db_prepare(&config, stderr) != ERR_OK)
		fail("cannot make the database");
	measure_processes(&config, seconds);
	measure_threads(&config, seconds);
	remove_all(directory);
	return 0;
}
