/* buckets_mapped: buckets in one mapped file, for all processes of a host. */
#include "store/buckets.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/bucket_file.h"
#include "store/buckets_internal.h"

enum {
	LINE = 8,		/* entries that are searched for a bucket: one cache line */
	TICKS = 10,		/* in a second */
	IDENTITY_BITS = 32,	/* of an entry: kind and tag */
	KIND_SHIFT = 28,	/* of an identity */
};

/*
 * An entry has its identity in the upper half, and in the lower one the moment, in ticks since the
 * boot, at which the bucket is full again. One whose moment has come, and 0, is free.
 */
_Static_assert(sizeof(bucket_entry) == BUCKET_ENTRY_SIZE, "the file has entries of this size");

struct mapped {
	struct buckets base;
	struct bucket_file file;
	size_t lines;			/* of entries */
};

/* Where a bucket may be: in any entry of a line that has the identity. */
struct place {
	bucket_entry *line;
	uint32_t identity;
};

static uint32_t
now_ticks(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint32_t)(now.tv_sec * TICKS + now.tv_nsec / (1000000000 / TICKS));
}

static uint64_t
make_entry(uint32_t identity, uint32_t full_at)
{
	return (uint64_t)identity << IDENTITY_BITS | full_at;
}

static uint32_t
entry_identity(uint64_t value)
{
	return (uint32_t)(value >> IDENTITY_BITS);
}

static uint32_t
entry_full_at(uint64_t value)
{
	return (uint32_t)value;
}

/* Returns how many ticks it takes until the bucket of an entry is full; 0: it is. */
static uint32_t
ticks_left(uint64_t value, uint32_t now)
{
	return entry_full_at(value) > now ? entry_full_at(value) - now : 0;
}

static uint32_t
interval(const struct bucket *bucket)
{
	return (uint32_t)(bucket->rate.seconds * TICKS);
}

static uint32_t
capacity(const struct bucket *bucket)
{
	return interval(bucket) * (uint32_t)bucket->rate.at_once;
}

static int64_t
to_ms(uint32_t ticks)
{
	return (int64_t)ticks * (1000 / TICKS);
}

static bool
is_whole(const struct mapped *mapped)
{
	return bucket_file_is_whole(&mapped->file, now_ticks());
}

static void
find_place(const struct mapped *mapped, const struct bucket *bucket, struct place *place)
{
	unsigned char digest[EVP_MAX_MD_SIZE] = {0};
	char identity[BUCKETS_IDENTITY_SIZE];
	const size_t len = buckets_identify(bucket, identity);
	uint64_t line;
	uint32_t tag;

	(void)HMAC(EVP_sha256(), mapped->file.key, BUCKET_FILE_KEY_LEN,
	    (const unsigned char *)identity, len, digest, NULL);
	memcpy(&line, digest, sizeof(line));
	memcpy(&tag, digest + sizeof(line), sizeof(tag));
	place->line = mapped->file.entries + line % mapped->lines * LINE;
	place->identity = (uint32_t)bucket->kind << KIND_SHIFT | tag >> (32 - KIND_SHIFT);
}

/* Returns the entry of a bucket and its value, or NULL when the bucket has none: it is full. */
static bucket_entry *
find_entry(const struct place *place, uint32_t now, uint64_t *value)
{
	for (int i = 0; i < LINE; i++) {
		*value = atomic_load(&place->line[i]);
		if (entry_identity(*value) == place->identity && ticks_left(*value, now) > 0)
			return &place->line[i];
	}
	return NULL;
}

/* Returns the entry of a line that is full soonest, and its value. */
static bucket_entry *
find_soonest(const struct place *place, uint32_t now, uint64_t *value)
{
	bucket_entry *soonest = NULL;

	for (int i = 0; i < LINE; i++) {
		const uint64_t other = atomic_load(&place->line[i]);

		if (soonest == NULL || ticks_left(other, now) < ticks_left(*value, now)) {
			soonest = &place->line[i];
			*value = other;
		}
	}
	return soonest;
}

static bool
is_elsewhere(const struct place *place, const bucket_entry *here, uint32_t now)
{
	for (int i = 0; i < LINE; i++) {
		const uint64_t value = atomic_load(&place->line[i]);

		if (&place->line[i] != here && entry_identity(value) == place->identity &&
		    ticks_left(value, now) > 0)
			return true;
	}
	return false;
}

/*
 * Begins an entry for a bucket that has none. Two callers that bring one bucket at the same moment
 * choose the same entry, as they see the same line, and one of them fails. Where the line changed
 * between them they could choose two. So each looks again after it has written its own, and takes
 * it back when there is another. Returns false when the caller has to begin anew.
 */
static bool
begin_entry(const struct place *place, uint32_t ticks, uint32_t now)
{
	uint64_t before, after = make_entry(place->identity, now + ticks);
	bucket_entry *own = find_soonest(place, now, &before);

	if (!atomic_compare_exchange_strong(own, &before, after))
		return false;
	/* What others have taken from it meanwhile stays: then it cannot be taken back. */
	return !is_elsewhere(place, own, now) ||
	    !atomic_compare_exchange_strong(own, &after, 0);
}

/* Takes an attempt at a moment. Returns 0, or the ticks until there is another one. */
static uint32_t
take_at(const struct place *place, const struct bucket *bucket, uint32_t now, bool *is_settled)
{
	const uint32_t ticks = interval(bucket), most = capacity(bucket);
	uint64_t value;
	bucket_entry *own = find_entry(place, now, &value);
	uint32_t left;

	if (own == NULL) {
		*is_settled = begin_entry(place, ticks, now);
		return 0;
	}
	left = ticks_left(value, now) + ticks;
	*is_settled = left > most || atomic_compare_exchange_strong(own, &value,
	    make_entry(place->identity, now + left));
	return left > most ? left - most : 0;
}

/* Takes an attempt. Returns 0, or the milliseconds until there is another one. */
static int64_t
take_one(struct mapped *mapped, const struct bucket *bucket)
{
	bool is_settled = false;
	struct place place;
	uint32_t now, wait;

	if (!is_whole(mapped))
		return to_ms(interval(bucket));
	find_place(mapped, bucket, &place);
	do {
		now = now_ticks();
		wait = take_at(&place, bucket, now, &is_settled);
	} while (!is_settled);
	bucket_file_note(&mapped->file, now);
	return to_ms(wait);
}

static void
give_back_one(struct mapped *mapped, const struct bucket *bucket)
{
	const uint32_t ticks = interval(bucket), now = now_ticks();
	struct place place;
	uint64_t value;
	bucket_entry *own;

	if (!is_whole(mapped))
		return;
	find_place(mapped, bucket, &place);
	while ((own = find_entry(&place, now, &value)) != NULL) {
		const uint32_t left = ticks_left(value, now);

		if (atomic_compare_exchange_strong(own, &value,
		    left > ticks ? make_entry(place.identity, now + left - ticks) : 0))
			return;
	}
}

static struct buckets_level
look_at(const struct mapped *mapped, const struct bucket *bucket)
{
	const uint32_t ticks = interval(bucket), most = capacity(bucket), now = now_ticks();
	struct buckets_level level = {0};
	struct place place;
	uint64_t value;
	uint32_t left;

	if (!is_whole(mapped))
		return level;
	find_place(mapped, bucket, &place);
	if (find_entry(&place, now, &value) == NULL)
		return level;
	left = ticks_left(value, now);
	if (left + ticks > most)
		level.wait_ms = to_ms(left + ticks - most);
	level.taken = (long)((left + ticks - 1) / ticks);
	return level;
}

static void
give_back(struct buckets *buckets, const struct bucket *list, size_t count)
{
	while (count-- > 0)
		give_back_one((struct mapped *)buckets, &list[count]);
}

static enum err
look(struct buckets *buckets, const struct bucket *list, size_t count,
    struct buckets_level *levels)
{
	for (size_t i = 0; i < count; i++)
		levels[i] = look_at((struct mapped *)buckets, &list[i]);
	return ERR_OK;
}

static enum err
take(struct buckets *buckets, const struct bucket *list, size_t count,
    struct buckets_refusal *refusal)
{
	struct mapped *mapped = (struct mapped *)buckets;

	*refusal = (struct buckets_refusal){0};
	for (size_t i = 0; i < count; i++) {
		refusal->wait_ms = take_one(mapped, &list[i]);
		if (refusal->wait_ms == 0)
			continue;
		refusal->which = i;
		give_back(buckets, list, i);
		for (size_t j = 0; j < count; j++) {
			const struct buckets_level level = look_at(mapped, &list[j]);

			if (level.wait_ms > refusal->wait_ms)
				refusal->wait_ms = level.wait_ms;
		}
		return ERR_ATTEMPTS;
	}
	return ERR_OK;
}

static enum err
take_within(struct buckets *buckets, struct db_connection *connection,
    const struct bucket *bucket, struct buckets_refusal *refusal)
{
	(void)connection;
	return take(buckets, bucket, 1, refusal);
}

static enum err
fill(struct buckets *buckets, const struct bucket *bucket)
{
	struct mapped *mapped = (struct mapped *)buckets;
	struct place place;
	uint64_t value;
	bucket_entry *own;

	if (!is_whole(mapped))
		return ERR_STORAGE;
	find_place(mapped, bucket, &place);
	while ((own = find_entry(&place, now_ticks(), &value)) != NULL)
		(void)atomic_compare_exchange_strong(own, &value, 0);
	return ERR_OK;
}

static enum err
fill_all(struct buckets *buckets)
{
	struct mapped *mapped = (struct mapped *)buckets;

	if (!is_whole(mapped))
		return ERR_STORAGE;
	for (size_t i = 0; i < mapped->lines * LINE; i++)
		atomic_store(&mapped->file.entries[i], 0);
	return ERR_OK;
}

static enum err
count_kinds(struct buckets *buckets, size_t counts[BUCKET_KINDS])
{
	const struct mapped *mapped = (const struct mapped *)buckets;
	const uint32_t now = now_ticks();

	memset(counts, 0, BUCKET_KINDS * sizeof(counts[0]));
	if (!is_whole(mapped))
		return ERR_STORAGE;
	for (size_t i = 0; i < mapped->lines * LINE; i++) {
		const uint64_t value = atomic_load(&mapped->file.entries[i]);
		const uint32_t kind = entry_identity(value) >> KIND_SHIFT;

		if (ticks_left(value, now) > 0 && kind < BUCKET_KINDS)
			counts[kind]++;
	}
	return ERR_OK;
}

static void
close_file(struct buckets *buckets)
{
	bucket_file_close(&((struct mapped *)buckets)->file);
	free(buckets);
}

static const struct buckets_home home = {
	.close = close_file,
	.take = take,
	.take_within = take_within,
	.give_back = give_back,
	.fill = fill,
	.fill_all = fill_all,
	.look = look,
	.count = count_kinds,
};

enum err
buckets_open_mapped(const char *path, size_t entries, struct buckets **buckets)
{
	struct mapped *mapped = calloc(1, sizeof(*mapped));	/* owned until it is given away */
	enum err err = ERR_MEMORY;

	*buckets = NULL;
	if (mapped == NULL)
		return err;
	mapped->base.home = &home;
	mapped->lines = entries / LINE;
	err = bucket_file_open(path, mapped->lines * LINE, now_ticks, &mapped->file);
	if (err == ERR_OK)
		*buckets = &mapped->base;
	else
		free(mapped);
	return err;
}
