/* keys: a snapshot of the signing keys, as they were in keys/ at one moment. */
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
#include "token/key_file.h"
#include "token/key_internal.h"
#include "token/keys_internal.h"

enum { KEYS_MAX = 64 };

struct keys {
	atomic_uint references;		/* the one thing that changes */
	uint64_t version;
	size_t count;
	struct key *list[KEYS_MAX];	/* owned, newest first */
};

const struct key *
keys_get_signing(const struct keys *keys)
{
	return keys->list[0];	/* there is no snapshot without a key */
}

const struct key *
keys_get(const struct keys *keys, size_t i)
{
	return i < keys->count ? keys->list[i] : NULL;
}

uint64_t
keys_version(const struct keys *keys)
{
	return keys->version;
}

/* For qsort(): newest first; an unknown date, which is 0, comes last. */
static int
compare_keys(const void *a, const void *b)
{
	const struct key *const *left = a, *const *right = b;
	const int64_t left_at = key_created_at(*left), right_at = key_created_at(*right);

	if (left_at != right_at)
		return left_at < right_at ? 1 : -1;
	return strcmp(key_id(*right), key_id(*left));
}

/* Adds each key in an open directory to keys. Returns as keys_read(). */
static const char *
read_entries(DIR *directory, struct keys *keys, char file[NAME_MAX + 1])
{
	const struct dirent *entry;
	struct key *key;
	const char *fault;

	while (errno = 0, (entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (keys->count == KEYS_MAX)
			return "more than 64 keys; remove old ones";
		if ((fault = key_file_read(dirfd(directory), entry->d_name, &key)) != NULL) {
			snprintf(file, NAME_MAX + 1, "%s", entry->d_name);
			return fault;
		}
		if (key != NULL)
			keys->list[keys->count++] = key;
	}
	return errno == 0 ? NULL : strerror(errno);
}

/* Makes a snapshot of keys that have been read. Returns NULL, or what is wrong. */
static const char *
complete(struct keys *keys)
{
	if (keys->count == 0)
		return "no key; make one with `bearward key new`";
	if (secret_random(&keys->version, sizeof(keys->version)) != ERR_OK)
		return "no random bytes from the kernel";
	qsort(keys->list, keys->count, sizeof(keys->list[0]), compare_keys);
	key_set_role(keys->list[0], KEY_SIGNS);
	return NULL;
}

const char *
keys_read(int directory, struct keys **keys, char file[NAME_MAX + 1])
{
	struct keys *fresh = calloc(1, sizeof(*fresh));
	const char *fault = NULL;
	DIR *entries = NULL;	/* owned, with fd */
	int fd = fcntl(directory, F_DUPFD_CLOEXEC, 0);

	*keys = NULL;
	file[0] = '\0';
	if (fresh == NULL || fd < 0 || (entries = fdopendir(fd)) == NULL) {
		fault = strerror(errno);
		if (fd >= 0)
			(void)close(fd);
		goto out;
	}
	atomic_init(&fresh->references, 1);
	if ((fault = read_entries(entries, fresh, file)) != NULL)
		goto out;
	if ((fault = complete(fresh)) != NULL)
		goto out;
	*keys = fresh;
	fresh = NULL;
out:
	if (entries != NULL)
		(void)closedir(entries);
	keys_unref(fresh);
	return fault;
}

/* Copies those of keys whose files may still be there. Returns false when there is no memory. */
static bool
copy_present(const struct keys *keys, int directory, struct keys *left)
{
	for (size_t i = 0; i < keys->count; i++) {
		if (!key_file_may_hold(directory, keys->list[i]))
			continue;
		if ((left->list[left->count] = key_copy(keys->list[i])) == NULL)
			return false;
		left->count++;
	}
	return true;
}

const struct keys *
keys_without_gone(const struct keys *keys, int directory)
{
	struct keys *left = calloc(1, sizeof(*left));	/* owned until it is given away */
	const struct keys *result = NULL;

	if (left == NULL)
		return NULL;
	atomic_init(&left->references, 1);
	if (!copy_present(keys, directory, left))
		goto out;
	if (left->count == keys->count) {
		result = keys_ref(keys);
	} else if (complete(left) == NULL) {
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
