/* buckets: how many attempts are left, counted for all processes of a host in one mapped file. */
#include "store/buckets.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"

#define MAGIC "bearward attempts 1\n"

enum {
	HEADER_SIZE = 4096,
	KEY_LEN = 32,
	LINE = 8,		/* entries that are searched for a bucket: one cache line */
	TICKS = 10,		/* in a second */
	IDENTITY_BITS = 32,	/* of an entry: kind and tag */
	KIND_SHIFT = 28,	/* of an identity */
};

/* The beginning of the file. */
struct header {
	char magic[sizeof(MAGIC)];
	uint64_t entries;
	unsigned char key[KEY_LEN];	/* of the hash of names */
	_Atomic uint32_t last_taken;	/* when an attempt was, in ticks since the boot */
};
_Static_assert(sizeof(struct header) <= HEADER_SIZE, "the entries come after the header");

/*
 * An entry has its identity in the upper half, and in the lower one the moment, in ticks since the
 * boot, at which the bucket is full again. One whose moment has come, and 0, is free.
 */
typedef _Atomic uint64_t entry;
_Static_assert(sizeof(entry) == BUCKET_ENTRY_SIZE, "the file has entries of this size");

struct buckets {
	int fd;				/* owned: the file */
	struct header *header;		/* owned: the map */
	size_t size;			/* of the map */
	entry *entries;			/* in the map */
	size_t lines;
	unsigned char key[KEY_LEN];
};

/* Where a bucket may be: in any entry of a line that has the identity. */
struct place {
	entry *line;
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
make_whole(const struct buckets *buckets, off_t len)
{
	struct header header = { .magic = MAGIC, .entries = buckets->lines * LINE };
	int fault;

	memcpy(header.key, buckets->key, KEY_LEN);
	header.last_taken = now_ticks();
	fault = posix_fallocate(buckets->fd, 0, (off_t)buckets->size);
	if (fault == 0 && pwrite(buckets->fd, &header, sizeof(header), 0) !=
	    (ssize_t)sizeof(header))
		fault = errno;
	secret_wipe(&header, sizeof(header));
	if (fault == 0)
		log_event(LEVEL_WARNING, "attempts are forgiven, because their file was cut "
		    "short", LOG_NUMBER("bytes", (long long)len));
	else
		log_event(LEVEL_ERROR, "the file of attempts was cut short and cannot be mended",
		    LOG_NUMBER("bytes", (long long)len), LOG_TEXT("reason", strerror(fault)));
	return fault == 0;
}

/*
 * Whoever reaches beyond the end of a mapped file is ended by the kernel. So a file that somebody
 * has cut is made whole before it is looked into. Returns false, logged, when it cannot be.
 */
static bool
is_whole(const struct buckets *buckets)
{
	struct stat status = {0};

	if (fstat(buckets->fd, &status) == 0 && status.st_size >= (off_t)buckets->size)
		return true;
	return make_whole(buckets, status.st_size);
}

/* Hashes the names of a bucket; each with its NUL, so that no two pairs are one text. */
static void
find_place(const struct buckets *buckets, const struct bucket *bucket, struct place *place)
{
	unsigned char digest[EVP_MAX_MD_SIZE] = {0};
	char text[1024];
	uint64_t line;
	uint32_t tag;
	const int len = snprintf(text, sizeof(text), "%d%c%s%c%s", (int)bucket->kind, '\0',
	    bucket->account != NULL ? bucket->account : "", '\0',
	    bucket->network != NULL ? bucket->network : "");
	const size_t used = len < (int)sizeof(text) ? (size_t)len : sizeof(text) - 1;

	(void)HMAC(EVP_sha256(), buckets->key, KEY_LEN, (const unsigned char *)text, used, digest,
	    NULL);
	memcpy(&line, digest, sizeof(line));
	memcpy(&tag, digest + sizeof(line), sizeof(tag));
	place->line = buckets->entries + line % buckets->lines * LINE;
	place->identity = (uint32_t)bucket->kind << KIND_SHIFT | tag >> (32 - KIND_SHIFT);
}

/* Returns the entry of a bucket and its value, or NULL when the bucket has none: it is full. */
static entry *
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
static entry *
find_soonest(const struct place *place, uint32_t now, uint64_t *value)
{
	entry *soonest = NULL;

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
is_elsewhere(const struct place *place, const entry *here, uint32_t now)
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
	entry *own = find_soonest(place, now, &before);

	if (!atomic_compare_exchange_strong(own, &before, after))
		return false;
	/* What others have taken from it meanwhile stays: then it cannot be taken back. */
	return !is_elsewhere(place, own, now) ||
	    !atomic_compare_exchange_strong(own, &after, 0);
}

/* Takes an attempt at a moment. Returns 0, or the ticks until there is another one. */
static uint32_t
take(const struct place *place, const struct bucket *bucket, uint32_t now, bool *is_settled)
{
	const uint32_t ticks = interval(bucket), most = capacity(bucket);
	uint64_t value;
	entry *own = find_entry(place, now, &value);
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

int64_t
buckets_take(struct buckets *buckets, const struct bucket *bucket)
{
	bool is_settled = false;
	struct place place;
	uint32_t now, wait;

	if (!is_whole(buckets))
		return to_ms(interval(bucket));
	find_place(buckets, bucket, &place);
	do {
		now = now_ticks();
		wait = take(&place, bucket, now, &is_settled);
	} while (!is_settled);
	if (atomic_load(&buckets->header->last_taken) < now)
		atomic_store(&buckets->header->last_taken, now);
	return to_ms(wait);
}

void
buckets_give_back(struct buckets *buckets, const struct bucket *bucket)
{
	const uint32_t ticks = interval(bucket), now = now_ticks();
	struct place place;
	uint64_t value;
	entry *own;

	if (!is_whole(buckets))
		return;
	find_place(buckets, bucket, &place);
	while ((own = find_entry(&place, now, &value)) != NULL) {
		const uint32_t left = ticks_left(value, now);

		if (atomic_compare_exchange_strong(own, &value,
		    left > ticks ? make_entry(place.identity, now + left - ticks) : 0))
			return;
	}
}

void
buckets_fill(struct buckets *buckets, const struct bucket *bucket)
{
	struct place place;
	uint64_t value;
	entry *own;

	if (!is_whole(buckets))
		return;
	find_place(buckets, bucket, &place);
	while ((own = find_entry(&place, now_ticks(), &value)) != NULL)
		(void)atomic_compare_exchange_strong(own, &value, 0);
}

void
buckets_fill_all(struct buckets *buckets)
{
	if (!is_whole(buckets))
		return;
	for (size_t i = 0; i < buckets->lines * LINE; i++)
		atomic_store(&buckets->entries[i], 0);
}

long
buckets_look(const struct buckets *buckets, const struct bucket *bucket, int64_t *wait_ms)
{
	const uint32_t ticks = interval(bucket), most = capacity(bucket), now = now_ticks();
	struct place place;
	uint64_t value;
	uint32_t left;

	*wait_ms = 0;
	if (!is_whole(buckets))
		return 0;
	find_place(buckets, bucket, &place);
	if (find_entry(&place, now, &value) == NULL)
		return 0;
	left = ticks_left(value, now);
	if (left + ticks > most)
		*wait_ms = to_ms(left + ticks - most);
	return (long)((left + ticks - 1) / ticks);
}

void
buckets_count(const struct buckets *buckets, size_t counts[BUCKET_KINDS])
{
	const uint32_t now = now_ticks();

	memset(counts, 0, BUCKET_KINDS * sizeof(counts[0]));
	if (!is_whole(buckets))
		return;
	for (size_t i = 0; i < buckets->lines * LINE; i++) {
		const uint64_t value = atomic_load(&buckets->entries[i]);
		const uint32_t kind = entry_identity(value) >> KIND_SHIFT;

		if (ticks_left(value, now) > 0 && kind < BUCKET_KINDS)
			counts[kind]++;
	}
}

/* ---- the file */

static enum err
log_failure(const char *path)
{
	log_event(LEVEL_ERROR, "cannot open the file of attempts", LOG_TEXT("file", path),
	    LOG_TEXT("reason", strerror(errno)));
	return ERR_STORAGE;
}

static size_t
file_size(const struct header *header)
{
	return HEADER_SIZE + header->entries * BUCKET_ENTRY_SIZE;
}

/*
 * Opens the file at path if it is what wanted says, but for the key, which *header receives.
 * Returns -1 when it cannot be opened, with ENOENT or ELOOP when there is another file, or none,
 * which may be replaced. A file of another boot counts from another moment:
 * one whose last attempt is still to come.
 */
static int
open_present(const char *path, const struct header *wanted, struct header *header)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	struct stat status;

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	    status.st_size == (off_t)file_size(wanted) &&
	    pread(fd, header, sizeof(*header), 0) == (ssize_t)sizeof(*header) &&
	    memcmp(header->magic, wanted->magic, sizeof(wanted->magic)) == 0 &&
	    header->entries == wanted->entries && header->last_taken <= now_ticks())
		return fd;
	(void)close(fd);
	errno = ENOENT;
	return -1;
}

/*
 * Makes a file beside path, and puts it in its place when it is whole: processes that still map
 * the one before keep it. The space is taken now, because a full disk could not be reported when
 * an entry is written.
 */
static int
make_file(const char *path, struct header *header)
{
	char new_path[PATH_MAX];
	int fd, fault = 0;

	if (snprintf(new_path, sizeof(new_path), "%s.new", path) >= (int)sizeof(new_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	(void)unlink(new_path);
	fd = open(new_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	if ((fault = posix_fallocate(fd, 0, (off_t)file_size(header))) == 0 &&
	    pwrite(fd, header, sizeof(*header), 0) == (ssize_t)sizeof(*header) &&
	    rename(new_path, path) == 0)
		return fd;
	if (fault != 0)
		errno = fault;
	fault = errno;
	(void)unlink(new_path);
	(void)close(fd);
	errno = fault;
	return -1;
}

/* Makes the file unless another process has done so meanwhile. */
static int
make_file_once(const char *path, struct header *header)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	struct header present;
	int lock, fd, fault;

	snprintf(dir, sizeof(dir), "%.*s", slash == NULL ? 1 : (int)(slash - path),
	    slash == NULL ? "." : path);
	if ((lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return -1;
	fd = flock(lock, LOCK_EX) == 0 ? open_present(path, header, &present) : -1;
	if (fd >= 0)
		memcpy(header->key, present.key, KEY_LEN);
	else if (errno == ENOENT || errno == ELOOP)
		fd = make_file(path, header);
	fault = errno;
	(void)close(lock);
	errno = fault;
	return fd;
}

/* Opens the file, and makes it first where there is none that fits; *header receives its key. */
static int
open_file(const char *path, struct header *header)
{
	struct header present = {0};
	int fd = open_present(path, header, &present);

	if (fd >= 0)
		memcpy(header->key, present.key, KEY_LEN);
	else
		fd = make_file_once(path, header);
	secret_wipe(&present, sizeof(present));
	return fd;
}

enum err
buckets_open(const char *path, size_t entries, struct buckets **result)
{
	struct header header = { .magic = MAGIC, .entries = entries / LINE * LINE };
	struct buckets *buckets = calloc(1, sizeof(*buckets));	/* owned until it is given away */
	enum err err = ERR_MEMORY;
	int fd = -1;

	*result = NULL;
	if (buckets == NULL)
		goto out;
	if ((err = secret_random(header.key, sizeof(header.key))) != ERR_OK)
		goto out;
	if ((fd = open_file(path, &header)) < 0) {
		err = log_failure(path);
		goto out;
	}
	buckets->size = file_size(&header);
	buckets->header = mmap(NULL, buckets->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (buckets->header == MAP_FAILED) {
		err = log_failure(path);
		goto out;
	}
	buckets->entries = (void *)((char *)buckets->header + HEADER_SIZE);
	buckets->lines = header.entries / LINE;
	memcpy(buckets->key, header.key, KEY_LEN);
	buckets->fd = fd;
	fd = -1;
	*result = buckets;
	buckets = NULL;
out:
	if (fd >= 0)
		(void)close(fd);
	secret_wipe(&header, sizeof(header));
	free(buckets);
	return err;
}

void
buckets_close(struct buckets *buckets)
{
	if (buckets == NULL)
		return;
	(void)munmap(buckets->header, buckets->size);
	(void)close(buckets->fd);
	secret_wipe(buckets->key, KEY_LEN);
	free(buckets);
}
