/*
 * scrypt_rows, internal to hash/: the blocks of Salsa20 of several lanes in one register, and how
 * they are read and written.
 *
 * This is a part of the template scrypt_lanes.h, which includes it.
 */
#ifndef BEARWARD_HASH_SCRYPT_ROWS_H
#define BEARWARD_HASH_SCRYPT_ROWS_H

#include <stdint.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

enum {
	SALSA_BLOCK = 64,
	DEEP_MAX = 3,
};

#define W_JOIN(name, wide) name##_##wide
#define W_NAME(name, wide) W_JOIN(name, wide)
#define W(name) W_NAME(name, WIDE)
#define INLINE TARGET __attribute__((always_inline)) static inline

/* A quarter of a block of one lane, in memory. */
typedef uint32_t quarter __attribute__((vector_size(16), may_alias));

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

/*
 * Stores a row. Past the caches where that can be, because a table is too large for them: a store
 * into a cache would first read from memory what it overwrites.
 */
INLINE void
W(store)(void *to, W(row) row)
{
#if !STREAMS
	*(W(row) *)to = row;
#elif WIDE == 1
	_mm_stream_si128(to, (__m128i)row);
#elif WIDE == 2
	_mm256_stream_si256(to, (__m256i)row);
#else
	_mm512_stream_si512(to, (__m512i)row);
#endif
}

/* Writes block k of WIDE lanes, each of its lines at once. */
INLINE void
W(scatter)(unsigned char *const *lane, size_t k, struct W(rows) x)
{
	const size_t at = k * SALSA_BLOCK;

#if WIDE == 1
	W(store)(lane[0] + at, x.a);
	W(store)(lane[0] + at + 16, x.b);
	W(store)(lane[0] + at + 32, x.c);
	W(store)(lane[0] + at + 48, x.d);
#elif WIDE == 2
#define LOW(x, y) __builtin_shufflevector(x, y, 0, 1, 2, 3, 8, 9, 10, 11)
#define HIGH(x, y) __builtin_shufflevector(x, y, 4, 5, 6, 7, 12, 13, 14, 15)
	W(store)(lane[0] + at, LOW(x.a, x.b));
	W(store)(lane[0] + at + 32, LOW(x.c, x.d));
	W(store)(lane[1] + at, HIGH(x.a, x.b));
	W(store)(lane[1] + at + 32, HIGH(x.c, x.d));
#undef LOW
#undef HIGH
#else
	const struct W(rows) blocks = W(transpose)(x);

	W(store)(lane[0] + at, blocks.a);
	W(store)(lane[1] + at, blocks.b);
	W(store)(lane[2] + at, blocks.c);
	W(store)(lane[3] + at, blocks.d);
#endif
}

/* Makes what was stored visible, in whatever order it is read. */
INLINE void
W(fence)(void)
{
#if STREAMS
	_mm_sfence();
#endif
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
