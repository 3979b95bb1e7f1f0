/*
 * hashing: what the tests of stored hashes have in common: a hasher with a directory of its own,
 * at the least cost of our hashes.
 */
#ifndef BEARWARD_TESTS_HASHING_H
#define BEARWARD_TESTS_HASHING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "hash/hasher.h"

#define COUNT(vectors) (sizeof(vectors) / sizeof((vectors)[0]))

struct fixture {
	char dir[64];
	struct config config;
	struct hasher *hasher;
};

/* Opens a hasher; of limits, hash_slots and hash_memory count. */
static inline int
hashing_set_up(void **state, const struct config *limits)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	snprintf(f->dir, sizeof(f->dir), "/tmp/test_hashing.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->config = (struct config){
		.state_dir = f->dir,
		.scrypt_log2_n = 10,
		.scrypt_r = 1,
		.scrypt_p = 1,
		.hash_slots = limits->hash_slots,
		.hash_memory = limits->hash_memory,
		.hash_wait = 60000,
		.hash_waiting = 8,
	};
	assert_int_equal(hasher_open(&f->config, &f->hasher), ERR_OK);
	*state = f;
	return 0;
}

static inline int
hashing_tear_down(void **state)
{
	struct fixture *f = *state;
	char file[96];

	snprintf(file, sizeof(file), "%s/hash.slots", f->dir);
	hasher_close(f->hasher);
	(void)unlink(file);
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

#endif
