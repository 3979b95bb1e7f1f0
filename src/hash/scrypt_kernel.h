/*
 * scrypt_kernel, internal to hash/: implementations of scryptROMix (RFC 7914, section 5), one for
 * each instruction set.
 *
 * scryptROMix is the part of scrypt that takes the time. A kernel computes several lanes side by
 * side: parts of one hash or of several, as long as N and r are the same. All kernels compute the
 * same bytes; `scrypt_proof` tests that before one is used.
 */
#ifndef BEARWARD_HASH_SCRYPT_KERNEL_H
#define BEARWARD_HASH_SCRYPT_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The index of each kernel, fastest first; the last one is of another kind of processor. */
enum scrypt_kernel_index {
	SCRYPT_AVX512, SCRYPT_AVX2, SCRYPT_SSE2, SCRYPT_NEON, SCRYPT_KERNELS,
};

enum {
	SCRYPT_LANES_MAX = 24,
	/*
	 * Bytes to leave between two tables. Their sizes are powers of two; without gaps, the same
	 * place in all of them would compete for the same few lines of each cache.
	 */
	SCRYPT_TABLE_GAP = 65 * 64,
};

/* The lanes to compute. The caller owns all memory, which holds secrets afterwards. */
struct scrypt_lanes {
	uint32_t n;
	size_t r;
	unsigned char *block[SCRYPT_LANES_MAX];	/* 128 r bytes each: input and result */
	unsigned char *table[SCRYPT_LANES_MAX];	/* 128 r n bytes each, aligned to 64 */
	unsigned char *scratch;			/* scrypt_kernel_scratch() bytes, aligned to 64 */
	bool yields;				/* calls sched_yield() about every millisecond */
};

/* A number of lanes that a kernel computes at once, and the function that does. */
struct scrypt_width {
	int lanes;
	void (*romix)(const struct scrypt_lanes *lanes);
};

struct scrypt_kernel {
	const char *name;
	bool (*is_supported)(void);		/* by this processor */
	const struct scrypt_width *widths;	/* ascending; ends with 0 lanes */
	int busy;	/* lanes that keep a core busy; more may only hide its waits for memory */
};

/* The kernels, fastest first; NULL for those of another kind of processor. */
extern const struct scrypt_kernel *const scrypt_kernels[SCRYPT_KERNELS];

/* What each is called, also where it is NULL. */
extern const char *const scrypt_kernel_names[SCRYPT_KERNELS];

/* Returns the largest number of lanes that kernel computes at once. */
int scrypt_kernel_lanes(const struct scrypt_kernel *kernel);

/* Returns how many bytes of scratch kernel needs for any number of lanes. */
size_t scrypt_kernel_scratch(const struct scrypt_kernel *kernel, size_t r);

/*
 * Computes the first count lanes, at least 1 and at most scrypt_kernel_lanes(). It takes as long
 * as the smallest width of the kernel that is not below count.
 */
void scrypt_kernel_run(const struct scrypt_kernel *kernel, const struct scrypt_lanes *lanes,
    int count);

#endif
