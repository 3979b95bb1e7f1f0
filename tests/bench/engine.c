/*
 * engine [LOG2_N [ROUNDS [CORES]]]: each hash kernel beside libscrypt, libsodium and OpenSSL, on
 * one core, or on several at once.
 *
 * All of them take turns, so that whatever else the machine does falls on all alike; cores begin
 * each turn together. What is printed is the processor time of one hash (r = 8, p = 1), best and
 * median, and the ratio of the medians to libscrypt. Lanes that would take more than half of the
 * memory of the machine are left out.
 */
#include <libscrypt.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "hash/scrypt_kernel.h"

enum {
	R = 8, ROUNDS_MAX = 1000, CORES_MAX = 64, CANDIDATES_MAX = 32, HUGE_PAGE = 2 << 20,
};

struct candidate {
	const char *name;
	int lanes;
	const struct scrypt_kernel *kernel;	/* or else */
	void (*hash)(long log2_n);
	double ms[ROUNDS_MAX * CORES_MAX];	/* a hash */
};

/* What the threads share; each writes times of its own. */
struct bench {
	struct candidate candidates[CANDIDATES_MAX];
	int count;
	long log2_n;
	int rounds, cores;
	int lanes;				/* that there is memory for on each core */
	pthread_barrier_t turn;
};

struct core {
	pthread_t thread;
	struct bench *bench;
	int number;
};

static void
hash_libscrypt(long log2_n)
{
	uint8_t hash[64];

	(void)libscrypt_scrypt((const uint8_t *)"bench", 5, (const uint8_t *)"salt", 4,
	    1u << log2_n, R, 1, hash, sizeof(hash));
}

static void
hash_libsodium(long log2_n)
{
	uint8_t hash[64];

	if (crypto_pwhash_scryptsalsa208sha256_ll((const uint8_t *)"bench", 5,
	    (const uint8_t *)"salt", 4, 1u << log2_n, R, 1, hash, sizeof(hash)) != 0)
		exit(1);
}

static void
hash_openssl(long log2_n)
{
	uint8_t hash[64];

	(void)EVP_PBE_scrypt("bench", 5, (const uint8_t *)"salt", 4, 1u << log2_n, R, 1,
	    1ul << 31, hash, sizeof(hash));
}

static double
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

static int
compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Warm memory in huge pages, as the engine has it. */
static unsigned char *
make_memory(size_t size)
{
	unsigned char *memory = aligned_alloc(HUGE_PAGE, (size + HUGE_PAGE) & ~(HUGE_PAGE - 1ul));

	if (memory == NULL)
		exit(1);
	(void)madvise(memory, size, MADV_HUGEPAGE);
	memset(memory, 1, size);
	return memory;
}

static void
find_kernel(struct bench *bench, const struct scrypt_kernel *kernel)
{
	for (const struct scrypt_width *w = kernel->widths; w->lanes > 0; w++)
		if (w->lanes <= bench->lanes)
			bench->candidates[bench->count++] = (struct candidate){
				.name = kernel->name, .lanes = w->lanes, .kernel = kernel };
}

static void
find_candidates(struct bench *bench)
{
	static const struct candidate others[] = {
		{ .name = "libscrypt", .lanes = 1, .hash = hash_libscrypt },
		{ .name = "libsodium", .lanes = 1, .hash = hash_libsodium },
		{ .name = "OpenSSL", .lanes = 1, .hash = hash_openssl },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		bench->candidates[bench->count++] = others[i];
	for (int i = 0; i < SCRYPT_KERNELS; i++)
		if (scrypt_kernels[i] != NULL && scrypt_kernels[i]->is_supported())
			find_kernel(bench, scrypt_kernels[i]);
}

static void
make_lanes(const struct bench *bench, struct scrypt_lanes *lanes)
{
	const size_t table = (size_t)128 * R << bench->log2_n;
	unsigned char *tables = make_memory((size_t)bench->lanes * (table + SCRYPT_TABLE_GAP));

	*lanes = (struct scrypt_lanes){ .n = 1u << bench->log2_n, .r = R };
	lanes->scratch = make_memory(256 * R * SCRYPT_LANES_MAX);
	for (int i = 0; i < bench->lanes; i++) {
		lanes->table[i] = tables + (size_t)i * (table + SCRYPT_TABLE_GAP);
		lanes->block[i] = make_memory(128 * R);
	}
}

static double
take_turn(const struct bench *bench, const struct candidate *c, const struct scrypt_lanes *lanes)
{
	const double begin = now_ms();

	if (c->kernel != NULL)
		scrypt_kernel_run(c->kernel, lanes, c->lanes);
	else
		c->hash(bench->log2_n);
	return (now_ms() - begin) / c->lanes;
}

static void *
run(void *arg)
{
	const struct core *core = arg;
	struct bench *bench = core->bench;
	struct scrypt_lanes lanes;

	make_lanes(bench, &lanes);
	for (int round = 0; round < bench->rounds; round++) {
		for (int i = 0; i < bench->count; i++) {
			struct candidate *c = &bench->candidates[i];

			(void)pthread_barrier_wait(&bench->turn);
			c->ms[round * bench->cores + core->number] = take_turn(bench, c, &lanes);
		}
	}
	return NULL;
}

static void
run_all(struct bench *bench)
{
	struct core cores[CORES_MAX];

	(void)pthread_barrier_init(&bench->turn, NULL, (unsigned)bench->cores);
	for (int i = 0; i < bench->cores; i++) {
		cores[i] = (struct core){ .bench = bench, .number = i };
		if (pthread_create(&cores[i].thread, NULL, run, &cores[i]) != 0)
			exit(1);
	}
	for (int i = 0; i < bench->cores; i++)
		(void)pthread_join(cores[i].thread, NULL);
}

static void
print(struct bench *bench)
{
	const size_t times = (size_t)(bench->rounds * bench->cores);
	double libscrypt = 0;

	printf("%-10s %5s %10s %10s %14s   (N = 2^%ld, r = 8, %d rounds", "", "lanes",
	    "best, ms", "median, ms", "to libscrypt", bench->log2_n, bench->rounds);
	printf(bench->cores > 1 ? ", %d cores at once)\n" : ")\n", bench->cores);
	for (int i = 0; i < bench->count; i++) {
		struct candidate *c = &bench->candidates[i];

		qsort(c->ms, times, sizeof(c->ms[0]), compare);
		if (i == 0)
			libscrypt = c->ms[times / 2];
		printf("%-10s %5d %10.2f %10.2f %14.2f\n", c->name, c->lanes, c->ms[0],
		    c->ms[times / 2], libscrypt / c->ms[times / 2]);
	}
}

int
main(int argc, char **argv)
{
	static struct bench bench;
	size_t memory = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);

	bench.log2_n = argc > 1 ? atol(argv[1]) : 14;
	bench.rounds = argc > 2 ? atoi(argv[2]) : 9;
	bench.cores = argc > 3 ? atoi(argv[3]) : 1;
	if (bench.log2_n < 4 || bench.log2_n > 18 || bench.rounds < 1 ||
	    bench.rounds > ROUNDS_MAX || bench.cores < 1 || bench.cores > CORES_MAX ||
	    sodium_init() < 0)
		return 2;
	memory = memory / 2 / (size_t)bench.cores / ((size_t)128 * R << bench.log2_n);
	bench.lanes = memory < SCRYPT_LANES_MAX ? (int)memory : SCRYPT_LANES_MAX;
	find_candidates(&bench);
	run_all(&bench);
	print(&bench);
	return 0;
}
