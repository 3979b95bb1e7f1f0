/*
 * grants [MANY [SECONDS]]: what a refresh costs the database when there are many grants (a
 * million) against a thousand, in a directory of its own.
 *
 * A refresh is what the service asks of the database for one: it reads a grant with its user, and
 * rotates it. Grants are chosen at random. The two databases are measured by turns, so that
 * whatever else the machine does falls on both alike: one thread, then eight that share commits.
 * Each line has the time and the processor time of one refresh, in microseconds.
 */
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/grants.h"

enum { FEW = 1000, ROUNDS = 10, THREADS = 8, IDLE = 14 * 86400, TTL = 30 * 86400 };

struct side {
	char directory[64];
	struct config config;
	struct db *db;
	int64_t grants;
	int64_t milliseconds, processor, refreshes;	/* the first two sum up rounds */
};

struct worker {
	pthread_t thread;
	const struct side *side;	/* borrowed */
	int64_t until;			/* milliseconds of clock_ms() */
	int64_t refreshes;
	unsigned seed;
};

static void
fail(const char *reason)
{
	fprintf(stderr, "grants: %s\n", reason);
	exit(1);
}

/* Makes users and grants as sign-ins would, twenty a user, but in one transaction. */
static void
fill(const struct side *side)
{
	sqlite3 *sqlite = NULL;		/* owned */
	char *sql, path[128];

	snprintf(path, sizeof(path), "%s/bearward.db", side->directory);
	sql = sqlite3_mprintf("PRAGMA synchronous = OFF; PRAGMA cache_size = -100000; BEGIN;"
	    "WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %lld) "
	    "INSERT INTO users (id, username, username_key, hashed_password, created_at) "
	    "SELECT i, 'user-' || i, 'user-' || i, hex(randomblob(60)), 1 FROM n;"
	    "WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %lld) "
	    "INSERT INTO grants (gid, user_id, client_id, scope, created_at, auth_at, expires_at, "
	    "current, previous, salt, rotated_at, network, agent) "
	    "SELECT CAST(printf('%%016lld', i * 1103515245 %% 2147483647) AS BLOB), 1 + i / 20, "
	    "'', 'read write', %lld, %lld, %lld, zeroblob(32), zeroblob(32), zeroblob(16), %lld, "
	    "'203.0.113.0/24', 'Firefox on Linux' FROM n; COMMIT; PRAGMA wal_checkpoint(TRUNCATE)",
	    (long long)(side->grants / 20 + 2), (long long)side->grants, (long long)time(NULL),
	    (long long)time(NULL), (long long)time(NULL) + TTL, (long long)time(NULL));
	if (sqlite3_open(path, &sqlite) != SQLITE_OK || sql == NULL ||
	    sqlite3_exec(sqlite, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail(sqlite3_errmsg(sqlite));
	sqlite3_free(sql);
	sqlite3_close(sqlite);
}

/* The id of a grant: as fill() makes it, so that ids are in another order than the rows. */
static void
make_id(int64_t number, unsigned char id[GRANTS_ID_LEN])
{
	char text[GRANTS_ID_LEN + 1];

	snprintf(text, sizeof(text), "%016lld",
	    (long long)(number * 1103515245 % 2147483647));
	memcpy(id, text, GRANTS_ID_LEN);
}

static void
refresh_one(struct worker *worker)
{
	unsigned char id[GRANTS_ID_LEN], next[GRANTS_DIGEST_LEN], salt[GRANTS_SALT_LEN] = {0};
	struct db *db = worker->side->db;
	struct grant *grant = NULL;	/* owned */
	struct user *user = NULL;	/* owned */
	bool is_done = false;

	make_id(1 + rand_r(&worker->seed) % worker->side->grants, id);
	if (grants_find(db, id, &grant, &user) != ERR_OK || grant == NULL)
		fail("a grant was not found");
	memcpy(next, grant->current, sizeof(next));
	next[(size_t)rand_r(&worker->seed) % sizeof(next)]++;
	/* Another thread may have been quicker. */
	if (grants_rotate(db, id, grant->current, next, salt, (int64_t)time(NULL), &is_done) !=
	    ERR_OK)
		fail("a rotation failed");
	worker->refreshes += is_done;
	grant_free(grant);
	user_free(user);
}

static void *
keep_refreshing(void *arg)
{
	struct worker *worker = arg;

	while (clock_ms() < worker->until)
		refresh_one(worker);
	return NULL;
}

/* Returns the processor time of the process, in microseconds. */
static int64_t
processor_time(void)
{
	struct rusage used;

	(void)getrusage(RUSAGE_SELF, &used);
	return (int64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 +
	    used.ru_utime.tv_usec + used.ru_stime.tv_usec;
}

static void
refresh_with(struct side *side, int threads, int64_t milliseconds, unsigned seed)
{
	const int64_t began = clock_ms(), used = processor_time();
	struct worker workers[THREADS];

	for (int i = 0; i < threads; i++) {
		workers[i] = (struct worker){ .side = side, .until = began + milliseconds,
		    .seed = seed * THREADS + (unsigned)i };
		if (pthread_create(&workers[i].thread, NULL, keep_refreshing, &workers[i]) != 0)
			fail("cannot start a thread");
	}
	for (int i = 0; i < threads; i++) {
		(void)pthread_join(workers[i].thread, NULL);
		side->refreshes += workers[i].refreshes;
	}
	side->milliseconds += clock_ms() - began;
	side->processor += processor_time() - used;
}

static void
measure(struct side sides[2], int threads, long seconds)
{
	double time_of[2], processor_of[2];

	for (int i = 0; i < 2; i++)
		sides[i].milliseconds = sides[i].processor = sides[i].refreshes = 0;
	for (int round = 0; round < 2 * ROUNDS; round++)
		refresh_with(&sides[round % 2], threads, seconds * 1000 / ROUNDS,
		    (unsigned)round);
	for (int i = 0; i < 2; i++) {
		time_of[i] = (double)sides[i].milliseconds * 1000 / (double)sides[i].refreshes;
		processor_of[i] = (double)sides[i].processor / (double)sides[i].refreshes;
		printf("%d threads, %lld grants: %.1f, processor %.1f\n", threads,
		    (long long)sides[i].grants, time_of[i], processor_of[i]);
	}
	printf("%d threads: %.2f times the time, %.2f times the processor time\n", threads,
	    time_of[1] / time_of[0], processor_of[1] / processor_of[0]);
}

static void
open_side(struct side *side, int64_t grants)
{
	strcpy(side->directory, "build/bench-grants-XXXXXX");
	if (mkdtemp(side->directory) == NULL)
		fail("run it where build/ is");
	side->grants = grants;
	side->config = (struct config){ .state_dir = side->directory, .storage_wait = 10000,
	    .journal_mode = JOURNAL_WAL };
	if (db_prepare(&side->config, NULL, stderr) != ERR_OK)
		fail("cannot make the database");
	fill(side);
	if (db_open(&side->config, DB_WRITE, &side->db) != ERR_OK)
		fail("cannot open the database");
}

static void
close_side(struct side *side)
{
	static const char *const names[] = {
		"bearward.db", "bearward.db-wal", "bearward.db-shm", "write.lock", "write.queue",
		"use.lock",
	};
	char path[128];

	db_close(side->db);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", side->directory, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(side->directory);
}

int
main(int argc, char **argv)
{
	const int64_t many = argc > 1 ? atoll(argv[1]) : 1000000;
	const long seconds = argc > 2 ? atol(argv[2]) : 10;
	struct side sides[2];

	open_side(&sides[0], FEW);
	open_side(&sides[1], many);
	measure(sides, 1, seconds);
	measure(sides, THREADS, seconds);
	close_side(&sides[0]);
	close_side(&sides[1]);
	return 0;
}
