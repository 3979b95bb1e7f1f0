/* test_scrypt_kernel: every kernel makes the bytes of libscrypt, whatever stands beside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hash/scrypt.h"
#include "hash/scrypt_kernel.h"
#include "hash/scrypt_proof.h"

/*
 * Four lanes a register, in whatever registers the compiler has without being told: that the rows
 * and lanes of AVX-512 are the right ones shows on every processor, if not that its code is.
 */
#define TARGET
#define HAS_ROTATION 1
#define STREAMS 0
#define WIDE 4
#include "hash/scrypt_lanes.h"

static void
romix_four(const struct scrypt_lanes *lanes)
{
	romix_4(lanes, 1, 0);
}

static void
romix_eight(const struct scrypt_lanes *lanes)
{
	romix_4(lanes, 2, 0);
}

static void
romix_twelve(const struct scrypt_lanes *lanes)
{
	romix_4(lanes, 3, 0);
}

static void
romix_twenty(const struct scrypt_lanes *lanes)
{
	romix_4(lanes, 3, 2);
}

static bool
is_supported(void)
{
	return true;
}

static const struct scrypt_width wide_widths[] = {
	{ 4, romix_four }, { 8, romix_eight }, { 12, romix_twelve }, { 20, romix_twenty },
	{ 0, NULL },
};
static const struct scrypt_kernel wide = { "wide", is_supported, wide_widths, 12 };
static const struct scrypt_kernel *const wide_kernel = &wide;

/* A page of nobody's between any two lanes: bytes that must stay what they are. */
enum { FENCE = 64, FENCE_BYTE = 0x5a };

enum { LOG2_N_MAX = 14, R_MAX = 32 };	/* of the hashes that are compared */

/* The kernel a test is about; skips it where the processor has no such thing. */
static const struct scrypt_kernel *
kernel_of(void **state)
{
	const struct scrypt_kernel *kernel = *(const struct scrypt_kernel *const *)*state;

	if (kernel == NULL || !kernel->is_supported()) {
		print_message("skipped: this processor lacks %s\n",
		    kernel == NULL ? "it, being of another kind" : kernel->name);
		skip();
	}
	return kernel;
}

static unsigned char *
fenced(size_t size)
{
	unsigned char *memory = aligned_alloc(64, size + FENCE);

	assert_non_null(memory);
	memset(memory + size, FENCE_BYTE, FENCE);
	return memory;
}

static void
free_fenced(unsigned char *memory, size_t size)
{
	for (size_t i = 0; i < FENCE; i++)
		assert_int_equal(memory[size + i], FENCE_BYTE);
	free(memory);
}

/* In place of the C library's: counts. */
static int yielded;

int
sched_yield(void)
{
	yielded++;
	return 0;
}

/* What libscrypt makes of the password of a lane: computed once for all kernels and widths. */
static const unsigned char *
libscrypts(const char *password, int lane, const struct scrypt *ours)
{
	static struct scrypt theirs[LOG2_N_MAX + 1][R_MAX + 1][SCRYPT_LANES_MAX];
	struct scrypt *scrypt = &theirs[ours->log2_n][ours->r][lane];

	if (scrypt->log2_n == 0) {
		*scrypt = *ours;
		assert_int_equal(scrypt_compute(password, scrypt), ERR_OK);
	}
	return scrypt->hash;
}

/* Hashes count passwords "0", "1"... side by side, each with p = 1, and compares all of them. */
static void
compare(const struct scrypt_kernel *kernel, long log2_n, long r, int count)
{
	const size_t block_size = (size_t)(128 * r), table_size = block_size << log2_n;
	const size_t scratch_size = scrypt_kernel_scratch(kernel, (size_t)r);
	struct scrypt_lanes lanes = { .n = 1u << log2_n, .r = (size_t)r, .yields = true };
	char password[SCRYPT_LANES_MAX][16];
	struct scrypt ours[SCRYPT_LANES_MAX];

	lanes.scratch = fenced(scratch_size);
	for (int i = 0; i < count; i++) {
		snprintf(password[i], sizeof(password[i]), "%d", i);
		ours[i] = (struct scrypt){ log2_n, r, 1, "0123456789abcde", SCRYPT_SALT_LEN, {0} };
		lanes.table[i] = fenced(table_size);
		lanes.block[i] = malloc(block_size);
		assert_non_null(lanes.block[i]);
		assert_int_equal(scrypt_expand(password[i], &ours[i], lanes.block[i]), ERR_OK);
	}

	scrypt_kernel_run(kernel, &lanes, count);

	for (int i = 0; i < count; i++) {
		assert_int_equal(scrypt_collapse(password[i], lanes.block[i], &ours[i]), ERR_OK);
		if (memcmp(ours[i].hash, libscrypts(password[i], i, &ours[i]),
		    SCRYPT_DIGEST_LEN) != 0)
			fail_msg("%s: lane %d of %d differs at N = 2^%ld, r = %ld", kernel->name,
			    i, count, log2_n, r);
		free_fenced(lanes.table[i], table_size);
		free(lanes.block[i]);
	}
	free_fenced(lanes.scratch, scratch_size);
}

static void
any_number_of_lanes_makes_the_hashes_of_libscrypt(void **state)
{
	const struct scrypt_kernel *kernel = kernel_of(state);

	for (int count = 1; count <= scrypt_kernel_lanes(kernel); count++)
		compare(kernel, 5, 8, count);
}

static void
any_n_and_r_make_the_hashes_of_libscrypt(void **state)
{
	static const long sizes[] = { 1, 2, 3, 4, 5, 7, 8, 15, 16, 31, 32 };
	const struct scrypt_kernel *kernel = kernel_of(state);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (long log2_n = 1; log2_n <= 6; log2_n++)
			for (const struct scrypt_width *w = kernel->widths; w->lanes > 0; w++)
				compare(kernel, log2_n, sizes[i], w->lanes);
}

static void
the_costs_that_are_advised_make_the_hashes_of_libscrypt(void **state)
{
	const struct scrypt_kernel *kernel = kernel_of(state);

	/* Large enough that an offset of 32 bits, a page and a cache are all too small. */
	compare(kernel, 14, 8, 2);
	compare(kernel, 10, 8, scrypt_kernel_lanes(kernel));
}

static void
every_512_steps_at_r_8_others_get_the_processor(void **state)
{
	const struct scrypt_kernel *kernel = kernel_of(state);

	yielded = 0;
	compare(kernel, 10, 8, 1);

	assert_int_equal(yielded, 4);	/* in 1024 steps to make the table, and 1024 to walk it */
}

static void
a_kernel_that_is_right_holds_its_proof(void **state)
{
	assert_true(scrypt_proof_holds(kernel_of(state)));
}

/* The one that every processor of this kind has. */
#ifdef __AARCH64EL__
enum { EVERYWHERE = SCRYPT_NEON };
#else
enum { EVERYWHERE = SCRYPT_SSE2 };
#endif

/* As right as can be without being right: libscrypt's bytes in all lanes but the last. */
static void
romix_all_but_last(const struct scrypt_lanes *lanes)
{
	const struct scrypt_width *width = scrypt_kernels[EVERYWHERE]->widths;

	while (width->lanes < 3)
		width++;
	width->romix(lanes);
	lanes->block[2][128 * lanes->r - 1] ^= 1;
}

static void
a_kernel_that_is_wrong_in_one_bit_of_one_lane_does_not(void **state)
{
	static const struct scrypt_width widths[] = { { 3, romix_all_but_last }, { 0, NULL } };
	struct scrypt_kernel broken;

	(void)state;
	if (scrypt_kernels[EVERYWHERE] == NULL)
		skip();
	broken = *scrypt_kernels[EVERYWHERE];
	broken.widths = widths;

	assert_false(scrypt_proof_holds(&broken));
}

static void
a_forced_kernel_is_chosen_and_libscrypt_needs_none(void **state)
{
	(void)state;
	assert_null(scrypt_proof_choose(HASH_KERNEL_LIBSCRYPT));
	assert_ptr_equal(scrypt_proof_choose((enum hash_kernel)(HASH_KERNEL_AVX512 + EVERYWHERE)),
	    scrypt_kernels[EVERYWHERE]);
}

/* Settings move from one host to another, and cost no more there than without a wish. */
static void
a_kernel_of_another_kind_of_processor_is_as_no_wish(void **state)
{
	const struct scrypt_kernel *quickest = scrypt_proof_choose(HASH_KERNEL_AUTO);

	(void)state;
	for (int i = 0; i < SCRYPT_KERNELS; i++)
		if (scrypt_kernels[i] == NULL)
			assert_ptr_equal(scrypt_proof_choose((enum hash_kernel)
			    (HASH_KERNEL_AVX512 + i)), quickest);
}

static void
every_kernel_has_the_name_of_its_place(void **state)
{
	(void)state;
	for (int i = 0; i < SCRYPT_KERNELS; i++) {
		assert_non_null(scrypt_kernel_names[i]);
		if (scrypt_kernels[i] != NULL)
			assert_string_equal(scrypt_kernels[i]->name, scrypt_kernel_names[i]);
	}
}

static void
without_a_wish_the_quickest_supported_kernel_is_chosen(void **state)
{
	const struct scrypt_kernel *expected = NULL;

	(void)state;
	for (int i = SCRYPT_KERNELS; i-- > 0;)
		if (scrypt_kernels[i] != NULL && scrypt_kernels[i]->is_supported())
			expected = scrypt_kernels[i];

	assert_ptr_equal(scrypt_proof_choose(HASH_KERNEL_AUTO), expected);
}

#define OF(kernel, name, test) { #test " (" name ")", test, NULL, NULL, (void *)&kernel }
#define OF_EACH(test) OF(scrypt_kernels[SCRYPT_SSE2], "sse2", test), \
	OF(scrypt_kernels[SCRYPT_AVX2], "avx2", test), \
	OF(scrypt_kernels[SCRYPT_AVX512], "avx512", test), \
	OF(scrypt_kernels[SCRYPT_NEON], "neon", test), OF(wide_kernel, "wide", test)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		OF_EACH(any_number_of_lanes_makes_the_hashes_of_libscrypt),
		OF_EACH(any_n_and_r_make_the_hashes_of_libscrypt),
		OF_EACH(the_costs_that_are_advised_make_the_hashes_of_libscrypt),
		OF_EACH(every_512_steps_at_r_8_others_get_the_processor),
		OF_EACH(a_kernel_that_is_right_holds_its_proof),
		cmocka_unit_test(a_kernel_that_is_wrong_in_one_bit_of_one_lane_does_not),
		cmocka_unit_test(a_forced_kernel_is_chosen_and_libscrypt_needs_none),
		cmocka_unit_test(a_kernel_of_another_kind_of_processor_is_as_no_wish),
		cmocka_unit_test(every_kernel_has_the_name_of_its_place),
		cmocka_unit_test(without_a_wish_the_quickest_supported_kernel_is_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
