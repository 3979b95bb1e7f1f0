/* test_division: whatever the limits of each process, the sum stays in bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hash/division.h"

#define MIB (1024LL * 1024)
#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct config config = { .scrypt_log2_n = 14, .scrypt_r = 8, .scrypt_p = 5 };

static struct hash_division
divide(const struct config *settings, long lanes, long long processors, long long mib)
{
	const struct host_limit cores = { processors, "cores" }, memory = { mib * MIB, "memory" };
	struct hash_division division;

	hash_division_make(settings, lanes, &cores, &memory, &division);
	return division;
}

static void
a_worker_has_full_lanes_where_memory_allows_and_else_as_many_as_fit(void **state)
{
	static const struct { long long cores, mib; long workers, lanes; } rows[] = {
		{ 2, 100000, 2, 12 },	/* of 16 MiB each */
		{ 1, 100000, 1, 16 },	/* enough for any stored hash */
		{ 64, 100000, 64, 12 },
		{ 3, 100000, 3, 12 },
		{ 1000, 1000000, 1000, 12 },
		{ 2, 128, 2, 4 },
		{ 2, 64, 2, 2 },
		{ 2, 32, 2, 1 },
		{ 2, 31, 1, 1 },
		{ 2, 16, 1, 1 },
		{ 2, 1, 1, 1 },		/* one hash there must be */
		{ 16, 64, 4, 1 },
		{ 3, 48, 3, 1 },
		{ 3, 47, 2, 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct hash_division division =
		    divide(&config, 12, rows[i].cores, rows[i].mib);
		const long lanes = (long)(hash_division_memory(&division, division.part) /
		    (size_t)(16 * MIB));

		if (division.workers != rows[i].workers || lanes != rows[i].lanes)
			fail_msg("%lld cores, %lld MiB: expected %ld workers of %ld lanes, "
			    "got %ld of %ld", rows[i].cores, rows[i].mib, rows[i].workers,
			    rows[i].lanes, division.workers, lanes);
	}
}

static void
settings_count_for_more_than_what_the_host_gives(void **state)
{
	const struct config settings = { .scrypt_log2_n = 14, .scrypt_r = 8, .scrypt_p = 5,
		.hash_slots = 3, .hash_memory = 48 };
	const struct hash_division division = divide(&settings, 12, 2, 20);

	(void)state;
	assert_int_equal(division.cores.amount, 3);
	assert_int_equal(division.workers, 3);
	assert_int_equal(division.memory.amount, 48 * MIB);
	assert_string_equal(division.memory.reason, "as hash_memory says");
	assert_string_equal(division.cores.reason, "as hash_slots says");
}

/* Processes under different limits fill the file, those that get most for their part first. */
static void
the_sum_over_processes_under_different_limits_stays_in_bounds(void **state)
{
	static const struct { long long cores, mib; } limits[] = {
		{ 1, 16 }, { 1, 128 }, { 2, 32 }, { 2, 100 }, { 3, 47 }, { 3, 128 }, { 4, 64 },
		{ 8, 31 }, { 8, 128 }, { 64, 128 }, { 64, 17 },
	};
	const long long most = 128 * MIB;

	(void)state;
	for (size_t i = 0; i < COUNT(limits); i++) {
		const struct hash_division a = divide(&config, 12, limits[i].cores, limits[i].mib);

		for (size_t j = 0; j < COUNT(limits); j++) {
			const struct hash_division b =
			    divide(&config, 12, limits[j].cores, limits[j].mib);

			for (long workers = 0; workers <= a.workers; workers++) {
				const long rest = HASH_DIVISION_WHOLE - workers * a.part;
				const long others = rest / b.part;
				const long long used =
				    workers * (long long)hash_division_memory(&a, a.part) +
				    others * (long long)hash_division_memory(&b, b.part);

				/* A byte of the file for each, which is rounded up. */
				assert_true(used <= most + (workers + others) *
				    (most / HASH_DIVISION_WHOLE + 1));
				assert_true(workers + others <= limits[i].cores ||
				    workers + others <= limits[j].cores);
			}
		}
	}
}

static void
a_hash_takes_the_part_of_the_file_that_it_takes_of_memory(void **state)
{
	const struct hash_division division = divide(&config, 12, 4, 128);

	(void)state;
	assert_int_equal(hash_division_part(&division, 0), HASH_DIVISION_WHOLE / 4);
	assert_int_equal(hash_division_part(&division, (size_t)(32 * MIB)),
	    HASH_DIVISION_WHOLE / 4);
	assert_int_equal(hash_division_part(&division, (size_t)(64 * MIB)),
	    HASH_DIVISION_WHOLE / 2 - 1);
	assert_int_equal(hash_division_part(&division, (size_t)(128 * MIB)),
	    HASH_DIVISION_WHOLE - 1);
	assert_true(hash_division_part(&division, (size_t)(128 * MIB) + 1) > HASH_DIVISION_WHOLE);
	assert_true(hash_division_memory(&division, HASH_DIVISION_WHOLE / 2 - 1) >=
	    (size_t)(64 * MIB));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_worker_has_full_lanes_where_memory_allows_and_else_as_many_as_fit),
		cmocka_unit_test(settings_count_for_more_than_what_the_host_gives),
		cmocka_unit_test(the_sum_over_processes_under_different_limits_stays_in_bounds),
		cmocka_unit_test(a_hash_takes_the_part_of_the_file_that_it_takes_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
