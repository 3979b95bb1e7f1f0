/*
 * buckets, internal to store/: what buckets in a mapped file and in a table have in common.
 *
 * The structs of both begin with the one below.
 */
#ifndef BEARWARD_STORE_BUCKETS_INTERNAL_H
#define BEARWARD_STORE_BUCKETS_INTERNAL_H

#include "store/buckets.h"

enum { BUCKETS_IDENTITY_SIZE = 1024 };

struct charge;
struct user;

struct buckets {
	const struct buckets_home *home;	/* static */
};

/* Where buckets are. The functions do what buckets.h says. */
struct buckets_home {
	void (*close)(struct buckets *buckets);
	enum err (*take)(struct buckets *buckets, const struct bucket *list, size_t count,
	    struct buckets_refusal *refusal);
	enum err (*take_within)(struct buckets *buckets, struct db_connection *connection,
	    const struct bucket *bucket, struct buckets_refusal *refusal);
	void (*give_back)(struct buckets *buckets, const struct bucket *list, size_t count);
	enum err (*fill)(struct buckets *buckets, const struct bucket *bucket);
	enum err (*fill_all)(struct buckets *buckets);
	enum err (*look)(struct buckets *buckets, const struct bucket *list, size_t count,
	    struct buckets_level *levels);
	enum err (*count)(struct buckets *buckets, size_t counts[BUCKET_KINDS]);

	/* Does what charge.h says; NULL: one thing after the other. */
	enum err (*charge)(struct buckets *buckets, struct charge *charge, struct user **user);
};

/*
 * Writes what a bucket is known by, to be hashed: its kind and names, each with its NUL, so that
 * no two pairs are one text. Returns its length.
 */
size_t buckets_identify(const struct bucket *bucket, char identity[BUCKETS_IDENTITY_SIZE]);

#endif
