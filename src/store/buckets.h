/*
 * buckets: how many attempts are left, counted for all processes of a host in one mapped file.
 *
 * A bucket holds a number of attempts at once and gets one back each so many seconds. A bucket
 * that nothing was taken from for long enough is full, and needs no place in the file. So the file
 * has a fixed size: the other buckets are entries of 8 bytes, found by a keyed hash of their name.
 * Names are not in the file. Where there is no place left for a new entry, the one that is full
 * again soonest gives way.
 *
 * No call waits for another: entries are changed with compare-and-swap. Attempts that processes
 * take at the same time are counted one by one. Time is that of CLOCK_BOOTTIME, so a change of the
 * system's clock gives nothing back. The file outlives every process. A restart of the host makes
 * all buckets full, unless it comes within the first minutes after another. A file that is cut
 * short meanwhile is made whole again, with full buckets. Where that fails, nothing can be taken.
 */
#ifndef BEARWARD_STORE_BUCKETS_H
#define BEARWARD_STORE_BUCKETS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "config/config.h"

struct buckets;

/* What is counted: part of a bucket's identity, and all that the file tells about one. */
enum bucket_kind {
	BUCKET_SOURCE = 1,		/* sign-ins from a network */
	BUCKET_ACCOUNT_SOURCE,		/* sign-ins to an account from a network */
	BUCKET_STRANGERS,		/* sign-ins to an account from networks not known to it */
	BUCKET_KNOWN,			/* sign-ins to an account from networks known to it */
	BUCKET_REGISTRATION,		/* registrations from a network */
	BUCKET_LINK,			/* messages with a link that an account is to get */
	BUCKET_MESSAGE,			/* other messages that an account is to get */
	BUCKET_TOLD,			/* telling the audit that one of the above is empty */
	BUCKET_KINDS,
};

enum { BUCKET_ENTRY_SIZE = 8 };

/* Which bucket; the texts are borrowed. Two that differ in any member are two buckets. */
struct bucket {
	enum bucket_kind kind;
	const char *account;		/* key of a name, whether or not a user has it; or NULL */
	const char *network;		/* or NULL */
	struct rate rate;
};

/*
 * Opens the file at path, with room for so many entries; makes it where there is
 * none, or where it is of an earlier boot or another size. *buckets is owned: buckets_close(). Any
 * thread may use it. Returns ERR_STORAGE, logged, or ERR_MEMORY; *buckets is NULL then.
 */
ERR_CHECKED enum err buckets_open(const char *path, size_t entries, struct buckets **buckets);

/* Closes the file. Accepts NULL. */
void buckets_close(struct buckets *buckets);

/*
 * Takes an attempt from a bucket. Returns 0, or the number of milliseconds until there is another
 * one; nothing was taken then.
 */
int64_t buckets_take(struct buckets *buckets, const struct bucket *bucket);

/* Gives back an attempt that was taken. */
void buckets_give_back(struct buckets *buckets, const struct bucket *bucket);

/* Makes a bucket full. */
void buckets_fill(struct buckets *buckets, const struct bucket *bucket);

/* Makes all buckets full. */
void buckets_fill_all(struct buckets *buckets);

/*
 * Returns how many attempts of a bucket are taken and not yet back, rounded up; *wait_ms is the
 * time until there is another one, 0 when there is one now.
 */
long buckets_look(const struct buckets *buckets, const struct bucket *bucket, int64_t *wait_ms);

/* Counts the buckets of each kind that are not full. */
void buckets_count(const struct buckets *buckets, size_t counts[BUCKET_KINDS]);

#endif
