/*
 * scrypt_kernel: scryptROMix (RFC 7914, section 5), in the ways that this processor knows.
 *
 * It is all of scrypt that costs anything. A kernel works on several lanes side by side: parts of
 * one hash or of several, as long as N and r are the same. The bytes that come out do not depend
 * on which kernel it was; `scrypt_proof` makes sure of that before one is used.
 */
#ifndef BEARWARD_HASH_SCRYPT_KERNEL_H
#define BEARWARD_HASH_SCRYPT_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kernels there may be, the quickest first. */
enum scrypt_kernel_index { SCRYPT_AVX512, SCRYPT_AVX2, SCRYPT_SSE2, SCRYPT_KERNELS };

enum { SCRYPT_LANES_MAX = 12 };

/* Some lanes at work; all memory is the caller's, and holds secrets afterwards. */
struct scrypt_lanes {
	uint32_t n;
	size_t r;
	unsigned char *block[SCRYPT_LANES_MAX];	/* 128 r bytes each: worked on in place */
	unsigned char *table[SCRYPT_LANES_MAX];	/* 128 r n bytes each, aligned to 64 */
	unsigned char *scratch;			/* scrypt_kernel_scratch(), aligned to 64 */
	bool yields;				/* now and then, to whoever wants the processor */
};

/* One number of lanes that a kernel works on at once. */
struct scrypt_width {
	int lanes;
	void (*romix)(const struct scrypt_lanes *lanes);
};

struct scrypt_kernel {
	const char *name;
	bool (*is_supported)(void);		/* by this processor */
	const struct scrypt_width *widths;	/* ascending, ended by 0 lanes */
};

/* The kernels, the quickest first; NULL where this program was built without one. */
extern const struct scrypt_kernel *const scrypt_kernels[SCRYPT_KERNELS];

/* The most lanes that kernel works on at once. */
int scrypt_kernel_lanes(const struct scrypt_kernel *kernel);

/* Bytes of scratch, whatever the number of lanes. */
size_t scrypt_kernel_scratch(const struct scrypt_kernel *kernel, size_t r);

/* Works on the first count lanes, 1 to scrypt_kernel_lanes(), in the time of its next width. */
void scrypt_kernel_run(const struct scrypt_kernel *kernel, const struct scrypt_lanes *lanes,
    int count);

#endif
