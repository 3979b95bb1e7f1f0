/* keys: a snapshot of the keys, and the part that each plays. */
#include "token/keys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "token/keys_internal.h"

struct keys {
	atomic_uint references;		/* the one thing that changes */
	uint64_t version;
	int64_t token_ttl;		/* seconds */
	size_t count;
	struct key *list[KEYS_MAX];	/* owned, the last in order first */
};

/* Returns whether a key has begun to sign, as far as it goes by the clock. */
static bool
has_begun(const struct key *key, int64_t now)
{
	return !key_life(key)->is_to_wait || key_signs_at(key) <= now;
}

static size_t
find_signing(const struct keys *keys, int64_t now)
{
	for (size_t i = 0; i < keys->count; i++)
		if (has_begun(keys->list[i], now))
			return i;
	return keys->count - 1;
}

const struct key *
keys_get_signing(const struct keys *keys, int64_t now)
{
	return keys->count == 0 ? NULL : keys->list[find_signing(keys, now)];
}

const struct key *
keys_get(const struct keys *keys, size_t i)
{
	return i < keys->count ? keys->list[i] : NULL;
}

int64_t
keys_gone_at(const struct keys *keys, size_t i)
{
	const struct key_life *next = i == 0 ? NULL : key_life(keys->list[i - 1]);

	if (next == NULL || next->signs_at == 0)
		return 0;
	return next->signs_at +
	    (next->older_for > keys->token_ttl ? next->older_for : keys->token_ttl);
}

enum key_state
keys_state(const struct keys *keys, size_t i, int64_t now)
{
	const int64_t gone_at = keys_gone_at(keys, i);

	if (i == find_signing(keys, now))
		return KEY_SIGNING;
	if (!has_begun(keys->list[i], now))
		return KEY_PUBLISHED;
	return gone_at != 0 && gone_at <= now ? KEY_GONE : KEY_RETIRED;
}

uint64_t
keys_version(const struct keys *keys, int64_t now)
{
	uint64_t version = keys->version;

	for (size_t i = 0; i < keys->count; i++)
		version += keys_state(keys, i, now) == KEY_GONE;
	return version;
}

/* For qsort(): the last in order first; an unknown moment, which is 0, comes last. */
static int
compare_keys(const void *a, const void *b)
{
	const struct key *const *left = a, *const *right = b;
	const int64_t left_at = key_signs_at(*left), right_at = key_signs_at(*right);

	if (left_at != right_at)
		return left_at < right_at ? 1 : -1;
	return strcmp(key_id(*right), key_id(*left));
}

/* Returns the key of that id, or NULL. keys may be NULL. */
static const struct key *
find(const struct keys *keys, const char *kid)
{
	for (size_t i = 0; keys != NULL && i < keys->count; i++)
		if (strcmp(key_id(keys->list[i]), kid) == 0)
			return keys->list[i];
	return NULL;
}

/* Adds each key in an open directory to keys. Returns NULL, or what is wrong. */
static const char *
read_entries(DIR *entries, enum key_place place, const struct keys *before, struct keys *keys,
    char file[NAME_MAX + 1])
{
	const struct dirent *entry;
	struct key *key;
	const char *what;

	while (errno = 0, (entry = readdir(entries)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (keys->count == KEYS_MAX)
			return "more than 64 keys; remove old ones";
		what = key_file_read(dirfd(entries), place, entry->d_name,
		    find(before, entry->d_name), &key);
		if (what != NULL) {
			snprintf(file, NAME_MAX + 1, "%s", entry->d_name);
			return what;
		}
		if (key != NULL)
			keys->list[keys->count++] = key;
	}
	return errno == 0 ? NULL : strerror(errno);
}

static const char *
read_directory(const struct keys_directory *directory, const struct keys *before,
    struct keys *keys, char file[NAME_MAX + 1])
{
	int fd = fcntl(directory->fd, F_DUPFD_CLOEXEC, 0);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);	/* owned, with fd */
	const char *what;

	if (entries == NULL) {
		what = strerror(errno);
		if (fd >= 0)
			(void)close(fd);
		return what;
	}
	/* The position is that of the descriptor it was duplicated from. */
	rewinddir(entries);
	what = read_entries(entries, directory->place, before, keys, file);
	(void)closedir(entries);
	return what;
}

/* Makes a snapshot of keys that have been read. Returns NULL, or what is wrong. */
static const char *
complete(struct keys *keys, bool may_be_empty)
{
	if (keys->count == 0 && !may_be_empty)
		return "no key; make one with `bearward key new`";
	if (secret_random(&keys->version, sizeof(keys->version)) != ERR_OK)
		return "no random bytes from the kernel";
	if (keys->count > 0)
		qsort(keys->list, keys->count, sizeof(keys->list[0]), compare_keys);
	return NULL;
}

/* Returns an empty snapshot with one reference, or NULL when there is no memory. */
static struct keys *
new_keys(int64_t token_ttl)
{
	struct keys *keys = calloc(1, sizeof(*keys));

	if (keys == NULL)
		return NULL;
	atomic_init(&keys->references, 1);
	keys->token_ttl = token_ttl;
	return keys;
}

bool
keys_read(const struct keys_directory *directories, size_t count, const struct keys *before,
    int64_t token_ttl, bool may_be_empty, struct keys **keys, struct keys_fault *fault)
{
	struct keys *fresh = new_keys(token_ttl);	/* owned until it is given away */

	*keys = NULL;
	*fault = (struct keys_fault){ directories[0].place, "", NULL };
	if (fresh == NULL)
		fault->what = strerror(ENOMEM);
	for (size_t i = 0; i < count && fault->what == NULL; i++) {
		fault->place = directories[i].place;
		if (directories[i].fd >= 0)
			fault->what = read_directory(&directories[i], before, fresh, fault->file);
	}
	if (fault->what == NULL) {
		fault->place = directories[0].place;
		fault->what = complete(fresh, may_be_empty);
	}
	if (fault->what == NULL)
		*keys = fresh;
	else
		keys_unref(fresh);
	return fault->what == NULL;
}

/* Returns the directory that the file of a key is in. */
static const struct keys_directory *
directory_of(const struct key *key, const struct keys_directory *directories, size_t count)
{
	const bool is_asymmetric = key_alg_is_asymmetric(key_alg(key));

	for (size_t i = 0; i < count; i++)
		if (is_asymmetric == (directories[i].place != KEY_PLACE_SECRETS))
			return &directories[i];
	return NULL;
}

static bool
may_be_there(const struct key *key, const struct keys_directory *directories, size_t count)
{
	const struct keys_directory *directory = directory_of(key, directories, count);

	return directory != NULL && directory->fd >= 0 &&
	    key_file_may_hold(directory->fd, directory->place, key);
}

/* Copies those of keys whose files may still be there. Returns false when there is no memory. */
static bool
copy_present(const struct keys *keys, const struct keys_directory *directories, size_t count,
    struct keys *left)
{
	for (size_t i = 0; i < keys->count; i++) {
		if (!may_be_there(keys->list[i], directories, count))
			continue;
		if ((left->list[left->count] = key_copy(keys->list[i])) == NULL)
			return false;
		left->count++;
	}
	return true;
}

const struct keys *
keys_without_gone(const struct keys *keys, const struct keys_directory *directories, size_t count)
{
	struct keys *left = new_keys(keys->token_ttl);	/* owned until it is given away */
	const struct keys *result = NULL;

	if (left == NULL)
		return NULL;
	if (!copy_present(keys, directories, count, left))
		goto out;
	if (left->count == keys->count) {
		result = keys_ref(keys);
	} else if (complete(left, false) == NULL) {
		result = left;
		left = NULL;
	}
out:
	keys_unref(left);
	return result;
}

bool
keys_is_same(const struct keys *a, const struct keys *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!key_is_same(a->list[i], b->list[i]))
			return false;
	return true;
}

/* A snapshot is const for those who read it; that somebody does, is counted all the same. */
static atomic_uint *
references_of(const struct keys *keys)
{
	return &((struct keys *)keys)->references;
}

const struct keys *
keys_ref(const struct keys *keys)
{
	(void)atomic_fetch_add(references_of(keys), 1);
	return keys;
}

void
keys_unref(const struct keys *keys)
{
	if (keys == NULL || atomic_fetch_sub(references_of(keys), 1) != 1)
		return;
	for (size_t i = 0; i < keys->count; i++)
		key_free(keys->list[i]);
	free((struct keys *)keys);
}
