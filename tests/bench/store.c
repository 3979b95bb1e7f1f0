/*
 * store [wal|delete [SECONDS]]: how writers share the database, in a directory of its own.
 *
 * Eight processes that add users in a loop: the fewest users that one added against the most, and
 * how many calls gave up. Then threads of one process: how much more often eight commit than one,
 * the two by turns, so that whatever else the machine does falls on both alike. Last, threads that
 * look users up in a loop, many more than there are connections: fewest against most again.
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

enum { WRITERS = 8, READERS = 32, ROUNDS = 5 };

struct worker {
	pthread_t thread;
	struct db *db;		/* borrowed */
	int64_t until;		/* milliseconds of clock_ms() */
	long done;
	long failed;
	long longest;		/* milliseconds of one call */
};

static void
fail(const char *reason)
{
	fprintf(stderr, "store: %s\n", reason);
	exit(1);
}

static enum err
do_add(struct db_connection *connection, void *user)
{
	return users_add(connection, user);
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
		.groups = (char *)"",
	};

	snprintf(name, sizeof(name), "user-%ld-%ld", (long)getpid(),
	    atomic_fetch_add(&number, 1));
	return db_transact(db, do_add, &user);
}

static enum err
find_one(struct db *db)
{
	struct user *user = NULL;	/* owned */
	enum err err = users_find_by_id(db, 1, &user);

	user_free(user);
	return err;
}

/* Does it again and again, and counts. */
static void
keep_on(struct worker *worker, enum err (*work)(struct db *db))
{
	int64_t began = clock_ms();

	while (began < worker->until) {
		int64_t now;
		bool is_done = work(worker->db) == ERR_OK;

		worker->done += is_done;
		worker->failed += !is_done;
		now = clock_ms();
		if (now - began > worker->longest)
			worker->longest = (long)(now - began);
		began = now;
	}
}

static void *
keep_adding(void *arg)
{
	keep_on(arg, add_one);
	return NULL;
}

static void *
keep_finding(void *arg)
{
	keep_on(arg, find_one);
	return NULL;
}

/* Prints how evenly the work was shared. */
static void
print_shares(const struct worker *workers, int count)
{
	long fewest = workers[0].done, most = 0, failed = 0, longest = 0;

	for (int i = 0; i < count; i++) {
		fewest = workers[i].done < fewest ? workers[i].done : fewest;
		most = workers[i].done > most ? workers[i].done : most;
		failed += workers[i].failed;
		longest = workers[i].longest > longest ? workers[i].longest : longest;
	}
	printf("fewest %ld / most %ld = %.2f, gave up %ld, longest wait %ld ms\n", fewest, most,
	    (double)fewest / (double)(most > 0 ? most : 1), failed, longest);
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
	struct worker *writers = mmap(NULL, sizeof(*writers) * WRITERS, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const int64_t begins = clock_ms() + 200;	/* all of them are there by then */

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
	printf("%d processes that write: ", WRITERS);
	print_shares(writers, WRITERS);
}

/* Returns how many users so many threads add together. */
static long
count_added(struct db *db, int threads, long milliseconds)
{
	struct worker writers[WRITERS] = {0};
	long added = 0;

	for (int i = 0; i < threads; i++) {
		writers[i].db = db;
		writers[i].until = clock_ms() + milliseconds;
		if (pthread_create(&writers[i].thread, NULL, keep_adding, &writers[i]) != 0)
			fail("cannot start a thread");
	}
	for (int i = 0; i < threads; i++) {
		(void)pthread_join(writers[i].thread, NULL);
		added += writers[i].done;
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
	printf("one thread that writes: %ld, %d threads: %ld = %.1f times as many\n", by_one,
	    WRITERS, by_all, (double)by_all / (double)(by_one > 0 ? by_one : 1));
	db_close(db);
}

static void
measure_readers(const struct config *config, long seconds)
{
	struct worker readers[READERS] = {0};
	struct db *db = open_db(config);

	for (int i = 0; i < READERS; i++) {
		readers[i].db = db;
		readers[i].until = clock_ms() + seconds * 1000;
		if (pthread_create(&readers[i].thread, NULL, keep_finding, &readers[i]) != 0)
			fail("cannot start a thread");
	}
	for (int i = 0; i < READERS; i++)
		(void)pthread_join(readers[i].thread, NULL);
	printf("%d threads that read: ", READERS);
	print_shares(readers, READERS);
	db_close(db);
}

static void
remove_all(const char *directory)
{
	static const char *const names[] = {
		"bearward.db", "bearward.db-wal", "bearward.db-shm", "bearward.db-journal",
		"write.lock", "write.queue", "use.lock",
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
	if (db_prepare(&config, NULL, stderr) != ERR_OK)
		fail("cannot make the database");
	measure_processes(&config, seconds);
	measure_threads(&config, seconds);
	measure_readers(&config, seconds);
	remove_all(directory);
	return 0;
}
