/*
 * engine [LOG2_N [ROUNDS]]: each hash kernel beside libscrypt, libsodium and OpenSSL, on one core.
 *
 * All of them take turns, so that whatever else the machine does falls on all alike; what is
 * printed is the processor time of one hash (r = 8, p = 1), best and median, and the ratio of the
 * medians to libscrypt.
 */
#include <libscrypt.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "hash/scrypt_kernel.h"

enum { R = 8, ROUNDS_MAX = 1000, CANDIDATES_MAX = 32, HUGE_PAGE = 2 << 20 };

struct candidate {
	const char *name;
	int lanes;
	const struct scrypt_kernel *kernel;	/* or else */
	void (*hash)(long log2_n);
	double ms[ROUNDS_MAX];			/* a hash */
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

static int
find_candidates(struct candidate *candidates)
{
	int count = 0;

	candidates[count++] = (struct candidate){ .name = "libscrypt", .lanes = 1,
		.hash = hash_libscrypt };
	candidates[count++] = (struct candidate){ .name = "libsodium", .lanes = 1,
		.hash = hash_libsodium };
	candidates[count++] = (struct candidate){ .name = "OpenSSL", .lanes = 1,
		.hash = hash_openssl };
	for (int i = 0; i < SCRYPT_KERNELS; i++) {
		const struct scrypt_kernel *kernel = scrypt_kernels[i];

		if (kernel == NULL || !kernel->is_supported())
			continue;
		for (const struct scrypt_width *w = kernel->widths; w->lanes > 0; w++)
			candidates[count++] = (struct candidate){ .name = kernel->name,
				.lanes = w->lanes, .kernel = kernel };
	}
	return count;
}

int
main(int argc, char **argv)
{
	static struct candidate candidates[CANDIDATES_MAX];
	const long log2_n = argc > 1 ? atol(argv[1]) : 14;
	const int rounds = argc > 2 ? atoi(argv[2]) : 9;
	const size_t table = (size_t)128 * R << log2_n;
	struct scrypt_lanes lanes = { .n = 1u << log2_n, .r = R };
	int count;

	if (log2_n < 4 || log2_n > 18 || rounds < 1 || rounds > ROUNDS_MAX || sodium_init() < 0)
		return 2;
	lanes.scratch = make_memory(256 * R * SCRYPT_LANES_MAX);
	for (int i = 0; i < SCRYPT_LANES_MAX; i++) {
		lanes.table[i] = make_memory(table);
		lanes.block[i] = make_memory(128 * R);
	}
	count = find_candidates(candidates);
	for (int round = 0; round < rounds; round++) {
		for (int i = 0; i < count; i++) {
			struct candidate *c = &candidates[i];
			const double begin = now_ms();

			if (c->kernel != NULL)
				scrypt_kernel_run(c->kernel, &lanes, c->lanes);
			else
				c->hash(log2_n);
			c->ms[round] = (now_ms() - begin) / c->lanes;
		}
	}
	printf("%-10s %5s %10s %10s %14s   (N = 2^%ld, r = 8, %d rounds)\n", "", "lanes",
	    "best, ms", "median, ms", "to libscrypt", log2_n, rounds);
	for (int i = 0; i < count; i++) {
		struct candidate *c = &candidates[i];

		qsort(c->ms, (size_t)rounds, sizeof(c->ms[0]), compare);
		printf("%-10s %5d %10.2f %10.2f %14.2f\n", c->name, c->lanes, c->ms[0],
		    c->ms[rounds / 2], candidates[0].ms[rounds / 2] / c->ms[rounds / 2]);
	}
	return 0;
}
