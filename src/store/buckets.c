/* buckets: how many attempts are left, counted for all who share a database. */
#include "store/buckets.h"

#include <stdio.h>

#include "store/buckets_internal.h"

size_t
buckets_identify(const struct bucket *bucket, char identity[BUCKETS_IDENTITY_SIZE])
{
	const int len = snprintf(identity, BUCKETS_IDENTITY_SIZE, "%d%c%s%c%s", (int)bucket->kind,
	    '\0', bucket->account != NULL ? bucket->account : "", '\0',
	    bucket->network != NULL ? bucket->network : "");

	return len < BUCKETS_IDENTITY_SIZE ? (size_t)len : BUCKETS_IDENTITY_SIZE - 1;
}

void
buckets_close(struct buckets *buckets)
{
	if (buckets != NULL)
		buckets->home->close(buckets);
}

enum err
buckets_take(struct buckets *buckets, const struct bucket *list, size_t count,
    struct buckets_refusal *refusal)
{
	return buckets->home->take(buckets, list, count, refusal);
}

enum err
buckets_take_within(struct buckets *buckets, struct db_connection *connection,
    const struct bucket *bucket, struct buckets_refusal *refusal)
{
	return buckets->home->take_within(buckets, connection, bucket, refusal);
}

void
buckets_give_back(struct buckets *buckets, const struct bucket *list, size_t count)
{
	if (count > 0)
		buckets->home->give_back(buckets, list, count);
}

enum err
buckets_fill(struct buckets *buckets, const struct bucket *bucket)
{
	return buckets->home->fill(buckets, bucket);
}

enum err
buckets_fill_all(struct buckets *buckets)
{
	return buckets->home->fill_all(buckets);
}

enum err
buckets_look(struct buckets *buckets, const struct bucket *list, size_t count,
    struct buckets_level *levels)
{
	return buckets->home->look(buckets, list, count, levels);
}

enum err
buckets_count(struct buckets *buckets, size_t counts[BUCKET_KINDS])
{
	return buckets->home->count(buckets, counts);
}
