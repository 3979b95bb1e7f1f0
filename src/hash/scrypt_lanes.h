/*
 * scrypt_lanes, internal to hash/: scryptROMix (RFC 7914, section 5) for several lanes at once.
 *
 * Salsa20 is one long chain of dependent steps, so a single hash leaves most of a processor idle.
 * Here a register holds the same row of WIDE lanes, and `deep` registers take turns, so that the
 * chain of one hides behind the work on the others. Lanes are independent: they may be of
 * several passwords and salts, or the p parts of one hash, as long as N and r are the same.
 *
 * That is a group. There may be a second one, and the two take turns block by block: while one
 * waits for memory, because only its last block tells where it reads next, the other one computes.
 *
 * This is a template, not an interface. One file for each instruction set includes it, with TARGET
 * (a function attribute, or nothing), HAS_ROTATION and STREAMS (0 or 1: whether it has a rotation,
 * and stores past the caches) and WIDE (1, 2 or 4) defined. A file may include it several times,
 * for several WIDE, which is why names are made with W().
 */
#ifndef BEARWARD_HASH_SCRYPT_LANES_H
#define BEARWARD_HASH_SCRYPT_LANES_H

#include <sched.h>
#include <stdint.h>
#include <string.h>

#include "hash/scrypt_kernel.h"

enum {
	PREFETCH_AHEAD = 4,	/* blocks */
	YIELD_BLOCKS = 8192,	/* of a lane of each group: less than a millisecond */
};

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

/* Into the second cache: the first one can wait for few lines at a time. */
#define PREFETCH(address) __builtin_prefetch(address, 0, 2)
#endif

#include "hash/scrypt_rows.h"

/* Lanes that are computed side by side, in `deep` registers. */
struct W(group) {
	size_t r;
	struct W(rows) *x, *y;		/* the lanes before a step and after it */
	unsigned char *const *table;	/* of each lane */
	unsigned char *at[WIDE * DEEP_MAX];	/* the place in it that the step writes or reads */
	size_t room;			/* blocks that the tables still have room for */
};

/* Returns block k of the lanes of register i, XORed with what the tables have there if so said. */
INLINE struct W(rows)
W(input)(const struct W(group) *group, size_t k, int i, const int deep, const bool reads)
{
	struct W(rows) in = group->x[k * (size_t)deep + (size_t)i];

	if (reads)
		W(xor_block)(&in, W(gather)(group->at + i * WIDE, k));
	return in;
}

/* Begins a step: z is the last block of what scryptBlockMix (section 4) mixes. */
INLINE void
W(enter)(const struct W(group) *group, struct W(rows) *z, const int deep, const bool reads)
{
	EACH(z[i] = W(input)(group, 2 * group->r - 1, i, deep, reads));
}

/* Mixes block k of the step. z is what the block before has become, and then what k has. */
INLINE void
W(mix)(const struct W(group) *group, size_t k, struct W(rows) *z, const int deep,
    const bool reads)
{
	const size_t r = group->r, ahead = k + PREFETCH_AHEAD, out = k / 2 + k % 2 * r;
	struct W(rows) start[DEEP_MAX];

	if (reads && ahead < 2 * r - 1)
		for (int lane = 0; lane < deep * WIDE; lane++)
			PREFETCH(group->at[lane] + ahead * SALSA_BLOCK);

	EACH(W(xor_block)(&z[i], W(input)(group, k, i, deep, reads)));
	EACH(start[i] = z[i]);
	W(salsa)(z, deep);
	EACH(W(add_block)(&z[i], start[i]));
	EACH(group->y[out * (size_t)deep + (size_t)i] = z[i]);
	if (!reads && group->room > 0)
		EACH(W(scatter)(group->at + i * WIDE, out, z[i]));
}

/* Points each lane at the block of its table that its own last block names (Integerify). */
INLINE void
W(find_blocks)(struct W(group) *group, uint32_t n, const int deep)
{
	const size_t size = 128 * group->r, last = 2 * group->r - 1;
	const struct W(rows) *rows = &group->x[last * (size_t)deep];

	for (int lane = 0; lane < deep * WIDE; lane++) {
		const uint32_t j = rows[lane / WIDE].a[lane % WIDE * 4] & (n - 1);

		group->at[lane] = group->table[lane] + j * size;
		/* In the order in which they are needed; W(mix)() prefetches the others. */
		PREFETCH(group->at[lane] + last * SALSA_BLOCK);
		for (size_t k = 0; k < PREFETCH_AHEAD && k < last; k++)
			PREFETCH(group->at[lane] + k * SALSA_BLOCK);
	}
}

/* Ends a step: of those that fill the tables, or of those that read them. */
INLINE void
W(leave)(struct W(group) *group, uint32_t n, const int deep, const bool reads)
{
	struct W(rows) *x = group->x;

	group->x = group->y;
	group->y = x;
	if (reads) {
		W(find_blocks)(group, n, deep);
		return;
	}
	group->room--;
	for (int lane = 0; lane < deep * WIDE; lane++)
		group->at[lane] += 128 * group->r;
}

/* Takes a step of all lanes: of those of `a`, and of `b` where that has any. */
INLINE void
W(take_step)(struct W(group) *a, const int deep, struct W(group) *b, const int more,
    uint32_t n, const bool reads)
{
	const size_t last = 2 * a->r - 1;
	struct W(rows) za[DEEP_MAX], zb[DEEP_MAX];

	W(enter)(a, za, deep, reads);
	if (more > 0)
		W(enter)(b, zb, more, reads);
	for (size_t k = 0; k <= last; k++) {
		W(mix)(a, k, za, deep, reads);
		if (k == last)
			W(leave)(a, n, deep, reads);
		if (more > 0)
			W(mix)(b, k, zb, more, reads);
		if (more > 0 && k == last)
			W(leave)(b, n, more, reads);
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

/* Makes a group of the lanes from `first` on, each with its input as the first of its table. */
INLINE void
W(start)(const struct scrypt_lanes *lanes, int first, struct W(group) *group, const int deep)
{
	const size_t blocks = 2 * lanes->r, size = blocks * SALSA_BLOCK;

	group->r = lanes->r;
	group->x = (void *)(lanes->scratch + 2 * size * (size_t)first);
	group->y = group->x + blocks * (size_t)deep;
	group->table = lanes->table + first;
	group->room = lanes->n - 1;
	for (int lane = 0; lane < deep * WIDE; lane++) {
		group->at[lane] = group->table[lane];
		for (size_t k = 0; k < blocks; k++)
			W(to_diagonals)(lanes->block[first + lane] + k * SALSA_BLOCK,
			    (void *)(group->at[lane] + k * SALSA_BLOCK));
	}
	for (size_t k = 0; k < blocks; k++)
		EACH(group->x[k * (size_t)deep + (size_t)i] = W(gather)(group->at + i * WIDE, k));
	for (int lane = 0; lane < deep * WIDE; lane++)
		group->at[lane] += 128 * lanes->r;
}

/* Converts the result to the order of RFC 7914, with the tables as scratch memory. */
INLINE void
W(finish)(const struct scrypt_lanes *lanes, int first, struct W(group) *group, const int deep)
{
	const size_t blocks = 2 * lanes->r;

	for (size_t k = 0; k < blocks; k++)
		EACH(W(scatter)(group->table + i * WIDE, k,
		    group->x[k * (size_t)deep + (size_t)i]));
	W(fence)();
	for (int lane = 0; lane < deep * WIDE; lane++)
		for (size_t k = 0; k < blocks; k++)
			W(from_diagonals)((void *)(group->table[lane] + k * SALSA_BLOCK),
			    lanes->block[first + lane] + k * SALSA_BLOCK);
}

/* Computes scryptROMix of the lanes of a group of `deep` registers, and of one of `more` or 0. */
INLINE void
W(romix)(const struct scrypt_lanes *lanes, const int deep, const int more)
{
	const size_t step = 2 * lanes->r * (more > 0 ? 2 : 1);
	struct W(group) a, b;

	W(start)(lanes, 0, &a, deep);
	if (more > 0)
		W(start)(lanes, deep * WIDE, &b, more);

	/* Fill the tables. What is computed next needs only what is still in cache. */
	for (uint32_t i = 1; i <= lanes->n; i++) {
		W(take_step)(&a, deep, &b, more, lanes->n, false);
		yield(lanes, i, step);
	}
	W(fence)();

	/* Read them in an order that depends on their contents. */
	W(find_blocks)(&a, lanes->n, deep);
	if (more > 0)
		W(find_blocks)(&b, lanes->n, more);
	for (uint32_t i = 1; i <= lanes->n; i++) {
		W(take_step)(&a, deep, &b, more, lanes->n, true);
		yield(lanes, i, step);
	}

	W(finish)(lanes, 0, &a, deep);
	if (more > 0)
		W(finish)(lanes, deep * WIDE, &b, more);
}

#undef TURN
#undef EACH
#undef WIDE
