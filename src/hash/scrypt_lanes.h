/*
 * scrypt_lanes, internal to hash/: scryptROMix (RFC 7914, section 5) for several lanes at once.
 *
 * Salsa20 is one long chain of dependent steps, so a single hash leaves most of a processor idle.
 * Here a register holds the same row of WIDE lanes, and `deep` registers take turns, so that the
 * chain of one hides behind the work on the others. Lanes are independent: they may be of
 * several passwords and salts, or the p parts of one hash, as long as N and r are the same.
 *
 * This is a template, not an interface. One file for each instruction set includes it, with TARGET
 * (a function attribute, or nothing), HAS_ROTATION (0 or 1) and WIDE (1, 2 or 4) defined. A file
 * may include it several times, for several WIDE, which is why names are made with W().
 */
#ifndef BEARWARD_HASH_SCRYPT_LANES_H
#define BEARWARD_HASH_SCRYPT_LANES_H

#include <sched.h>
#include <stdint.h>
#include <string.h>

#include "hash/scrypt_kernel.h"

enum {
	SALSA_BLOCK = 64,
	DEEP_MAX = 3,
	PREFETCH_AHEAD = 2,	/* blocks: few enough for the processor's line buffers */
	YIELD_BLOCKS = 8192,	/* of each lane: some 0.7 ms with AVX2 and six lanes */
};

#define W_JOIN(name, wide) name##_##wide
#define W_NAME(name, wide) W_JOIN(name, wide)
#define W(name) W_NAME(name, WIDE)
#define INLINE TARGET __attribute__((always_inline)) static inline

/* A quarter of a block of one lane, in memory. */
typedef uint32_t quarter __attribute__((vector_size(16), may_alias));

/*
 * Where word i of a block goes in the rows: along the diagonals, so that the four quarter-rounds
 * of a round are one operation on whole rows.
 */
static const uint8_t scrypt_diagonal[16] = {
	0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11,
};

/*
 * Calls sched_yield() once in YIELD_BLOCKS; i is the step, and each step is so many blocks. A hash
 * never sleeps, so a thread that has just woken up would have to wait for the next tick of the
 * operating system's kernel, up to 10 ms.
 */
static inline void
yield(const struct scrypt_lanes *lanes, size_t i, size_t blocks)
{
	if (lanes->yields && i * blocks % YIELD_BLOCKS < blocks)
		(void)sched_yield();
}

#endif

/* One row of a block in each of WIDE lanes; the rows of a block. */
typedef uint32_t W(row) __attribute__((vector_size(16 * WIDE), may_alias));
struct W(rows) {
	W(row) a, b, c, d;
};

#if WIDE == 1
#define TURN(row, i, j, k, l) __builtin_shufflevector(row, row, i, j, k, l)
#elif WIDE == 2
#define TURN(row, i, j, k, l) \
	__builtin_shufflevector(row, row, i, j, k, l, i + 4, j + 4, k + 4, l + 4)
#else
#define TURN(row, i, j, k, l) \
	__builtin_shufflevector(row, row, i, j, k, l, i + 4, j + 4, k + 4, l + 4, \
	    i + 8, j + 8, k + 8, l + 8, i + 12, j + 12, k + 12, l + 12)
#endif

/* to ^= (x + y) rotated left by n. */
INLINE void
W(step)(W(row) *to, W(row) x, W(row) y, int n)
{
	W(row) sum = x + y;

#if HAS_ROTATION
	*to ^= sum << n | sum >> (32 - n);
#else
	*to ^= sum << n;
	/* Keeps the compiler from combining the two shifts first, which was a sixth slower. */
	__asm__("" : "+x"(*to));
	*to ^= sum >> (32 - n);
#endif
}

#define EACH(statement) do { \
		if (deep > 0) { enum { i = 0 }; statement; } \
		if (deep > 1) { enum { i = 1 }; statement; } \
		if (deep > 2) { enum { i = 2 }; statement; } \
	} while (0)

/* Salsa20/8 without the final addition: eight rounds, by turns on columns and on rows. */
INLINE void
W(salsa)(struct W(rows) *x, const int deep)
{
	for (int round = 0; round < 8; round += 2) {
		EACH(W(step)(&x[i].b, x[i].a, x[i].d, 7));
		EACH(W(step)(&x[i].c, x[i].b, x[i].a, 9));
		EACH(W(step)(&x[i].d, x[i].c, x[i].b, 13));
		EACH(x[i].b = TURN(x[i].b, 3, 0, 1, 2));
		EACH(W(step)(&x[i].a, x[i].d, x[i].c, 18));
		EACH(x[i].c = TURN(x[i].c, 2, 3, 0, 1));
		EACH(x[i].d = TURN(x[i].d, 1, 2, 3, 0));

		EACH(W(step)(&x[i].d, x[i].a, x[i].b, 7));
		EACH(W(step)(&x[i].c, x[i].d, x[i].a, 9));
		EACH(W(step)(&x[i].b, x[i].c, x[i].d, 13));
		EACH(x[i].d = TURN(x[i].d, 3, 0, 1, 2));
		EACH(W(step)(&x[i].a, x[i].b, x[i].c, 18));
		EACH(x[i].c = TURN(x[i].c, 2, 3, 0, 1));
		EACH(x[i].b = TURN(x[i].b, 1, 2, 3, 0));
	}
}

#if WIDE == 4
/* Turns rows of four lanes into blocks of four lanes, and back. */
INLINE struct W(rows)
W(transpose)(struct W(rows) x)
{
#define LOW(x, y) __builtin_shufflevector(x, y, 0, 1, 2, 3, 4, 5, 6, 7, \
	    16, 17, 18, 19, 20, 21, 22, 23)
#define HIGH(x, y) __builtin_shufflevector(x, y, 8, 9, 10, 11, 12, 13, 14, 15, \
	    24, 25, 26, 27, 28, 29, 30, 31)
#define EVEN(x, y) __builtin_shufflevector(x, y, 0, 1, 2, 3, 8, 9, 10, 11, \
	    16, 17, 18, 19, 24, 25, 26, 27)
#define ODD(x, y) __builtin_shufflevector(x, y, 4, 5, 6, 7, 12, 13, 14, 15, \
	    20, 21, 22, 23, 28, 29, 30, 31)
	W(row) ab_low = LOW(x.a, x.b), ab_high = HIGH(x.a, x.b);
	W(row) cd_low = LOW(x.c, x.d), cd_high = HIGH(x.c, x.d);

	return (struct W(rows)){ EVEN(ab_low, cd_low), ODD(ab_low, cd_low),
		EVEN(ab_high, cd_high), ODD(ab_high, cd_high) };
#undef LOW
#undef HIGH
#undef EVEN
#undef ODD
}
#endif

/* Reads block k of WIDE lanes; in memory, each lane is separate. */
INLINE struct W(rows)
W(gather)(unsigned char *const *lane, size_t k)
{
#if WIDE == 1
	const quarter *x = (const void *)(lane[0] + k * SALSA_BLOCK);

	return (struct W(rows)){ x[0], x[1], x[2], x[3] };
#elif WIDE == 2
#define PAIR(x, y) __builtin_shufflevector(x, y, 0, 1, 2, 3, 4, 5, 6, 7)
	const quarter *x = (const void *)(lane[0] + k * SALSA_BLOCK);
	const quarter *y = (const void *)(lane[1] + k * SALSA_BLOCK);

	return (struct W(rows)){ PAIR(x[0], y[0]), PAIR(x[1], y[1]), PAIR(x[2], y[2]),
		PAIR(x[3], y[3]) };
#undef PAIR
#else
	return W(transpose)((struct W(rows)){
		*(const W(row) *)(const void *)(lane[0] + k * SALSA_BLOCK),
		*(const W(row) *)(const void *)(lane[1] + k * SALSA_BLOCK),
		*(const W(row) *)(const void *)(lane[2] + k * SALSA_BLOCK),
		*(const W(row) *)(const void *)(lane[3] + k * SALSA_BLOCK),
	});
#endif
}

/* Writes block k of WIDE lanes. */
INLINE void
W(scatter)(unsigned char *const *lane, size_t k, struct W(rows) x)
{
#if WIDE == 1
	quarter *to = (void *)(lane[0] + k * SALSA_BLOCK);

	to[0] = x.a;
	to[1] = x.b;
	to[2] = x.c;
	to[3] = x.d;
#elif WIDE == 2
#define LOW(x) __builtin_shufflevector(x, x, 0, 1, 2, 3)
#define HIGH(x) __builtin_shufflevector(x, x, 4, 5, 6, 7)
	quarter *low = (void *)(lane[0] + k * SALSA_BLOCK);
	quarter *high = (void *)(lane[1] + k * SALSA_BLOCK);

	low[0] = LOW(x.a);
	low[1] = LOW(x.b);
	low[2] = LOW(x.c);
	low[3] = LOW(x.d);
	high[0] = HIGH(x.a);
	high[1] = HIGH(x.b);
	high[2] = HIGH(x.c);
	high[3] = HIGH(x.d);
#undef LOW
#undef HIGH
#else
	struct W(rows) blocks = W(transpose)(x);

	*(W(row) *)(void *)(lane[0] + k * SALSA_BLOCK) = blocks.a;
	*(W(row) *)(void *)(lane[1] + k * SALSA_BLOCK) = blocks.b;
	*(W(row) *)(void *)(lane[2] + k * SALSA_BLOCK) = blocks.c;
	*(W(row) *)(void *)(lane[3] + k * SALSA_BLOCK) = blocks.d;
#endif
}

/* Returns block k of the lanes of register i: of x, of the tables at `from`, or both XORed. */
INLINE struct W(rows)
W(input)(const struct W(rows) *x, unsigned char *const *from, size_t k, int i, const int deep)
{
	struct W(rows) in;

	if (from == NULL)
		return x[k * (size_t)deep + (size_t)i];
	in = W(gather)(from + i * WIDE, k);
	if (x != NULL) {
		const struct W(rows) *known = &x[k * (size_t)deep + (size_t)i];

		in.a ^= known->a;
		in.b ^= known->b;
		in.c ^= known->c;
		in.d ^= known->d;
	}
	return in;
}

INLINE void
W(add_block)(struct W(rows) *z, struct W(rows) block)
{
	z->a += block.a;
	z->b += block.b;
	z->c += block.c;
	z->d += block.d;
}

INLINE void
W(xor_block)(struct W(rows) *z, struct W(rows) block)
{
	z->a ^= block.a;
	z->b ^= block.b;
	z->c ^= block.c;
	z->d ^= block.d;
}

/*
 * Computes scryptBlockMix (section 4) of W(input)() into y, or when y is NULL into the memory at
 * `to`, in which each lane is separate.
 */
INLINE void
W(block_mix)(const struct W(rows) *x, unsigned char *const *from, struct W(rows) *y,
    unsigned char *const *to, size_t r, const int deep)
{
	struct W(rows) z[DEEP_MAX], start[DEEP_MAX];

	EACH(z[i] = W(input)(x, from, 2 * r - 1, i, deep));
	for (size_t k = 0; k < 2 * r; k++) {
		const size_t out = k / 2 + (k % 2) * r;

		if (x != NULL && from != NULL && k + PREFETCH_AHEAD < 2 * r - 1)
			for (int lane = 0; lane < deep * WIDE; lane++)
				__builtin_prefetch(from[lane] +
				    (k + PREFETCH_AHEAD) * SALSA_BLOCK);

		EACH(W(xor_block)(&z[i], W(input)(x, from, k, i, deep)));
		EACH(start[i] = z[i]);
		W(salsa)(z, deep);
		EACH(W(add_block)(&z[i], start[i]));
		if (y != NULL)
			EACH(y[out * (size_t)deep + (size_t)i] = z[i]);
		else
			EACH(W(scatter)(to + i * WIDE, out, z[i]));
	}
}

/* Converts a block of one lane from the order of RFC 7914 to ours, along the diagonals. */
INLINE void
W(to_diagonals)(const unsigned char *block, uint32_t *rows)
{
	for (size_t i = 0; i < 16; i++)
		memcpy(&rows[i], block + 4 * scrypt_diagonal[i], 4);
}

/* Converts it back. */
INLINE void
W(from_diagonals)(const uint32_t *rows, unsigned char *block)
{
	for (size_t i = 0; i < 16; i++)
		memcpy(block + 4 * scrypt_diagonal[i], &rows[i], 4);
}

/* Points each lane at the block of its table that its own last block names (Integerify). */
INLINE void
W(find_blocks)(const struct scrypt_lanes *lanes, const struct W(rows) *x, unsigned char **from,
    const int deep)
{
	const size_t size = 128 * lanes->r, last = 2 * lanes->r - 1;

	for (int lane = 0; lane < deep * WIDE; lane++) {
		const struct W(rows) *rows = &x[last * (size_t)deep + (size_t)(lane / WIDE)];
		uint32_t j = rows->a[lane % WIDE * 4] & (lanes->n - 1);

		from[lane] = lanes->table[lane] + j * size;
		/* In the order in which they are needed; W(block_mix)() prefetches the others. */
		__builtin_prefetch(from[lane] + last * SALSA_BLOCK);
		for (size_t k = 0; k < PREFETCH_AHEAD && k < last; k++)
			__builtin_prefetch(from[lane] + k * SALSA_BLOCK);
	}
}

/* Computes scryptROMix of WIDE * deep lanes. */
INLINE void
W(romix)(const struct scrypt_lanes *lanes, const int deep)
{
	const size_t size = 128 * lanes->r, blocks = 2 * lanes->r;
	struct W(rows) *x = (void *)lanes->scratch, *y = x + blocks * (size_t)deep, *t;
	unsigned char *from[WIDE * DEEP_MAX], *to[WIDE * DEEP_MAX];

	/* Fill the table. Each block is computed from the one before, which is still in cache. */
	for (int lane = 0; lane < deep * WIDE; lane++) {
		from[lane] = lanes->table[lane];
		for (size_t k = 0; k < blocks; k++)
			W(to_diagonals)(lanes->block[lane] + k * SALSA_BLOCK,
			    (void *)(from[lane] + k * SALSA_BLOCK));
	}
	for (uint32_t i = 1; i < lanes->n; i++) {
		for (int lane = 0; lane < deep * WIDE; lane++)
			to[lane] = from[lane] + size;
		W(block_mix)(NULL, from, NULL, to, lanes->r, deep);
		for (int lane = 0; lane < deep * WIDE; lane++)
			from[lane] += size;
		yield(lanes, i, blocks);
	}
	W(block_mix)(NULL, from, x, NULL, lanes->r, deep);

	/* Read the table in an order that depends on its contents. */
	for (uint32_t i = 0; i < lanes->n; i++) {
		W(find_blocks)(lanes, x, from, deep);
		W(block_mix)(x, from, y, NULL, lanes->r, deep);
		t = x;
		x = y;
		y = t;
		yield(lanes, i, blocks);
	}

	/* Convert to the order of RFC 7914, with the table as scratch memory. */
	for (size_t k = 0; k < blocks; k++)
		EACH(W(scatter)(lanes->table + i * WIDE, k, x[k * (size_t)deep + (size_t)i]));
	for (int lane = 0; lane < deep * WIDE; lane++)
		for (size_t k = 0; k < blocks; k++)
			W(from_diagonals)((void *)(lanes->table[lane] + k * SALSA_BLOCK),
			    lanes->block[lane] + k * SALSA_BLOCK);
}

#undef TURN
#undef EACH
#undef WIDE
