/* test_hash_arena: memory that hashes work in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "hash/arena.h"

enum { MIB = 1024 * 1024 };

/* Whether the mapping that holds address has a flag, such as "dd", of VmFlags in smaps. */
static bool
has_flag(const void *address, const char *flag)
{
	FILE *smaps = fopen("/proc/self/smaps", "re");
	bool is_inside = false, has = false;
	unsigned long from, to;
	char line[512];

	assert_non_null(smaps);
	while (fgets(line, sizeof(line), smaps) != NULL) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			is_inside = (uintptr_t)address >= from && (uintptr_t)address < to;
		else if (is_inside && strncmp(line, "VmFlags:", 8) == 0)
			has = strstr(line, flag) != NULL;
	}
	(void)fclose(smaps);
	return has;
}

static long
resident_mib(void)
{
	FILE *statm = fopen("/proc/self/statm", "re");
	long pages = 0;

	assert_non_null(statm);
	assert_int_equal(fscanf(statm, "%*d %ld", &pages), 1);
	(void)fclose(statm);
	return pages * sysconf(_SC_PAGESIZE) / MIB;
}

static void
an_arena_is_aligned_to_a_huge_page_and_in_no_core_file(void **state)
{
	struct hash_arena arena = {0};

	(void)state;
	assert_int_equal(hash_arena_reserve(&arena, 3 * MIB, 0), ERR_OK);

	assert_int_equal((uintptr_t)arena.data % (2 * MIB), 0);
	assert_true(has_flag(arena.data, " dd"));
	assert_true(has_flag(arena.data + 3 * MIB - 1, " dd"));

	hash_arena_release(&arena);
}

static void
what_fits_is_reserved_again_without_being_mapped_anew(void **state)
{
	struct hash_arena arena = {0};
	unsigned char *data;

	(void)state;
	assert_int_equal(hash_arena_reserve(&arena, 1000, 8 * MIB), ERR_OK);
	data = arena.data;
	data[0] = 1;

	assert_int_equal(hash_arena_reserve(&arena, 8 * MIB, 0), ERR_OK);
	assert_ptr_equal(arena.data, data);
	assert_int_equal(arena.data[0], 1);

	hash_arena_release(&arena);
}

static void
what_is_given_back_is_resident_no_more(void **state)
{
	struct hash_arena arena = {0};
	long before, after;

	(void)state;
	assert_int_equal(hash_arena_reserve(&arena, 64 * MIB, 256 * MIB), ERR_OK);
	memset(arena.data, 1, 64 * MIB);
	before = resident_mib();

	hash_arena_release(&arena);
	after = resident_mib();

	assert_null(arena.data);
	assert_true(before - after >= 60);
}

static void
room_that_is_not_used_costs_nothing_to_give_back(void **state)
{
	struct hash_arena arena = {0};
	long before, after;

	(void)state;
	before = resident_mib();
	assert_int_equal(hash_arena_reserve(&arena, 1 * MIB, 512 * MIB), ERR_OK);
	memset(arena.data, 1, 1 * MIB);
	after = resident_mib();

	assert_true(after - before < 64);
	hash_arena_release(&arena);
	hash_arena_release(&arena);
}

static void
what_the_system_cannot_give_is_a_matter_of_now(void **state)
{
	struct hash_arena arena = {0};

	(void)state;
	assert_int_equal(hash_arena_reserve(&arena, SIZE_MAX / 8 * 7, 0), ERR_OVERLOADED);
	assert_null(arena.data);
	assert_int_equal(hash_arena_reserve(&arena, 1000, 0), ERR_OK);

	hash_arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_arena_is_aligned_to_a_huge_page_and_in_no_core_file),
		cmocka_unit_test(what_fits_is_reserved_again_without_being_mapped_anew),
		cmocka_unit_test(what_is_given_back_is_resident_no_more),
		cmocka_unit_test(room_that_is_not_used_costs_nothing_to_give_back),
		cmocka_unit_test(what_the_system_cannot_give_is_a_matter_of_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
