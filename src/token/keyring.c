/* keyring: the signing keys, one file a key in keys/ of the state directory. */
#include "token/keyring.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"

enum {
	KEYS_MAX = 64,
	SETTLED_AFTER = 2,	/* seconds: no file system's clock ticks more coarsely */
	NEW_SECRET_LEN = 32,	/* random bytes */
};

struct keyring {
	char path[PATH_MAX];		/* of keys/ */
	struct key list[KEYS_MAX];	/* newest first */
	size_t count;
	uint64_t version;		/* made of the list */
	int fd;				/* owned: keys/, as it was read */
	struct timespec changed_at;	/* when keys/ had changed last as it was last read */
	struct timespec moved_at;	/* when it had been moved, too: st_ctim */
	bool is_settled;		/* a later change must show in the directory's times */
	bool is_quiet;			/* what is wrong has been reported */
};

/* What is wrong with keys/ (name "") or a file in it. */
static void
complain(const struct keyring *keyring, const char *name, const char *reason)
{
	if (!keyring->is_quiet)
		log_event(LEVEL_ERROR, "cannot use signing key",
		    LOG_TEXT("directory", keyring->path), LOG_TEXT("file", name),
		    LOG_TEXT("reason", reason));
}

static int
compare_times(const struct timespec *a, const struct timespec *b)
{
	if (a->tv_sec != b->tv_sec)
		return a->tv_sec < b->tv_sec ? -1 : 1;
	if (a->tv_nsec != b->tv_nsec)
		return a->tv_nsec < b->tv_nsec ? -1 : 1;
	return 0;
}

/* For qsort(): newest first. */
static int
compare_keys(const void *a, const void *b)
{
	const struct key *left = a, *right = b;
	int order = compare_times(&right->created_at, &left->created_at);

	return order != 0 ? order : strcmp(right->kid, left->kid);
}

/* Opens keys/, which is nobody else's to look into; *fd is -1 on failure. */
static enum err
open_directory(const struct keyring *keyring, struct stat *st, int *fd)
{
	const char *fault = NULL;

	*fd = open(keyring->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0 || fstat(*fd, st) < 0)
		fault = strerror(errno);
	else if (!key_file_is_private(st))
		fault = "others may look into the directory, or own it; chmod 700, chown";
	if (fault == NULL)
		return ERR_OK;

	complain(keyring, "", fault);
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
	return ERR_SETUP;
}

static enum err
read_entries(struct keyring *keyring, DIR *directory)
{
	const struct dirent *file;
	const char *fault;
	struct key *key;

	while (errno = 0, (file = readdir(directory)) != NULL) {
		if (file->d_name[0] == '.')
			continue;
		if (keyring->count == KEYS_MAX) {
			complain(keyring, "", "more than 64 keys; remove old ones");
			return ERR_SETUP;
		}
		key = &keyring->list[keyring->count];
		if ((fault = key_file_read(dirfd(directory), file->d_name, key)) != NULL) {
			complain(keyring, file->d_name, fault);
			return ERR_SETUP;
		}
		keyring->count++;
	}
	if (errno != 0) {
		complain(keyring, "", strerror(errno));
		return ERR_SETUP;
	}
	return ERR_OK;
}

/* FNV-1a: it has to differ, not to hide anything; it stays in the process. */
static uint64_t
mix(uint64_t sum, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++)
		sum = (sum ^ bytes[i]) * 0x100000001b3;
	return sum;
}

static uint64_t
make_version(const struct keyring *keyring)
{
	uint64_t sum = 0xcbf29ce484222325;

	for (size_t i = 0; i < keyring->count; i++) {
		const struct key *key = &keyring->list[i];

		sum = mix(sum, key->kid, strlen(key->kid) + 1);
		sum = mix(sum, &key->secret_len, sizeof(key->secret_len));
		sum = mix(sum, key->secret, key->secret_len);
	}
	return sum;
}

/* Fills a keyring that has a path and no keys. */
static enum err
read_directory(struct keyring *keyring)
{
	DIR *directory = NULL;
	struct stat st;
	enum err err;
	int fd;		/* owned; the directory's once that is there */

	if ((err = open_directory(keyring, &st, &fd)) != ERR_OK)
		return err;
	keyring->changed_at = st.st_mtim;
	keyring->moved_at = st.st_ctim;
	keyring->is_settled = st.st_mtim.tv_sec + SETTLED_AFTER < time(NULL) &&
	    st.st_ctim.tv_sec + SETTLED_AFTER < time(NULL);
	keyring->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (keyring->fd < 0 || (directory = fdopendir(fd)) == NULL) {
		complain(keyring, "", strerror(errno));
		(void)close(fd);
		return ERR_SETUP;
	}
	err = read_entries(keyring, directory);
	(void)closedir(directory);
	if (err != ERR_OK)
		return err;
	if (keyring->count == 0) {
		complain(keyring, "", "no key; make one with `bearward key new`");
		return ERR_SETUP;
	}
	qsort(keyring->list, keyring->count, sizeof(keyring->list[0]), compare_keys);
	keyring->version = make_version(keyring);
	return ERR_OK;
}

enum err
keyring_open(const char *state_dir, struct keyring **keyring)
{
	struct keyring *fresh = calloc(1, sizeof(*fresh));
	enum err err = ERR_SETUP;
	int len;

	*keyring = NULL;
	if (fresh == NULL)
		return ERR_INTERNAL;
	fresh->fd = -1;
	len = snprintf(fresh->path, sizeof(fresh->path), "%s/keys", state_dir);
	if (len < 0 || (size_t)len >= sizeof(fresh->path))
		complain(fresh, "", strerror(ENAMETOOLONG));
	else
		err = read_directory(fresh);
	if (err == ERR_OK)
		*keyring = fresh;
	else
		keyring_close(fresh);
	return err;
}

void
keyring_close(struct keyring *keyring)
{
	if (keyring == NULL)
		return;
	for (size_t i = 0; i < keyring->count; i++)
		key_clear(&keyring->list[i]);
	if (keyring->fd >= 0)
		(void)close(keyring->fd);
	free(keyring);
}

void
keyring_refresh(struct keyring *keyring)
{
	struct keyring *fresh, former;
	struct stat st = {0};
	bool is_unchanged;

	/* That keys/ was moved or removed shows there; what came instead, the reading finds. */
	(void)fstat(keyring->fd, &st);
	is_unchanged = compare_times(&st.st_mtim, &keyring->changed_at) == 0 &&
	    compare_times(&st.st_ctim, &keyring->moved_at) == 0;
	if (is_unchanged && keyring->is_settled)
		return;

	if ((fresh = calloc(1, sizeof(*fresh))) == NULL)
		return;
	memcpy(fresh->path, keyring->path, sizeof(fresh->path));
	fresh->fd = -1;
	fresh->is_quiet = is_unchanged && keyring->is_quiet;
	if (read_directory(fresh) == ERR_OK) {
		former = *keyring;
		*keyring = *fresh;
		*fresh = former;
		keyring->is_quiet = false;
	} else {
		/* Not settled: a chmod that mends a file does not show in the directory's times. */
		keyring->changed_at = st.st_mtim;
		keyring->moved_at = st.st_ctim;
		keyring->is_settled = false;
		keyring->is_quiet = true;
	}
	keyring_close(fresh);
}

uint64_t
keyring_get_version(const struct keyring *keyring)
{
	return keyring->version;
}

const struct key *
keyring_get_signing_key(const struct keyring *keyring)
{
	return &keyring->list[0];	/* without a key there is no keyring */
}

const struct key *
keyring_get(const struct keyring *keyring, size_t i)
{
	return i < keyring->count ? &keyring->list[i] : NULL;
}

/* Writes 2 * len random hex digits and a NUL; len is at most NEW_SECRET_LEN. */
static enum err
random_hex(size_t len, char *hex)
{
	unsigned char bytes[NEW_SECRET_LEN];
	enum err err = secret_random(bytes, len);

	for (size_t i = 0; err == ERR_OK && i < len; i++)
		snprintf(hex + 2 * i, sizeof("ff"), "%02x", (unsigned)bytes[i]);
	secret_wipe(bytes, sizeof(bytes));
	return err;
}

static enum err
make_kid(char kid[KEY_ID_SIZE])
{
	char digits[sizeof("01234567")];
	char when[sizeof("20260102T030405")];
	time_t now = time(NULL);
	struct tm tm = {0};
	enum err err;

	if ((err = random_hex(sizeof(digits) / 2, digits)) != ERR_OK)
		return err;
	(void)gmtime_r(&now, &tm);
	(void)strftime(when, sizeof(when), "%Y%m%dT%H%M%S", &tm);
	snprintf(kid, KEY_ID_SIZE, "%s-%s", when, digits);
	return ERR_OK;
}

/* Opens keys/ of state_dir, made where there is none; -1 with errno. */
static int
open_or_make_directory(const char *state_dir)
{
	int directory = -1;
	int state = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (state < 0)
		return -1;
	if (mkdirat(state, "keys", 0700) == 0 ? fsync(state) == 0 : errno == EEXIST)
		directory = openat(state, "keys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)close(state);
	return directory;
}

enum err
keyring_add(const char *state_dir, const char *secret, char kid[KEY_ID_SIZE])
{
	char generated[2 * NEW_SECRET_LEN + 1] = "";	/* secret */
	int directory = -1;
	enum err err = ERR_REFUSED;

	kid[0] = '\0';
	if (secret != NULL && key_file_fault_of_secret(secret, strlen(secret)) != NULL)
		goto out;
	if ((err = random_hex(NEW_SECRET_LEN, generated)) != ERR_OK)
		goto out;
	if ((err = make_kid(kid)) != ERR_OK)
		goto out;

	directory = open_or_make_directory(state_dir);
	if (directory < 0 || !key_file_write(directory, kid, secret == NULL ? generated : secret)) {
		log_event(LEVEL_ERROR, "cannot add a signing key",
		    LOG_TEXT("directory", state_dir), LOG_TEXT("reason", strerror(errno)));
		kid[0] = '\0';
		err = ERR_STORAGE;
	}
out:
	if (directory >= 0)
		(void)close(directory);
	secret_wipe(generated, sizeof(generated));
	return err;
}

/* Whether keys/ holds anything that a keyring would read. */
static enum err
has_keys(const char *state_dir, bool *has)
{
	int fd = open_or_make_directory(state_dir);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);		/* owned, with fd */
	const struct dirent *file;

	*has = false;
	if (directory == NULL) {
		log_event(LEVEL_ERROR, "cannot look for signing keys",
		    LOG_TEXT("directory", state_dir), LOG_TEXT("reason", strerror(errno)));
		if (fd >= 0)
			(void)close(fd);
		return ERR_STORAGE;
	}
	while (errno = 0, (file = readdir(directory)) != NULL)
		*has = *has || file->d_name[0] != '.';
	if (errno != 0)
		*has = true;	/* who cannot see them all adds none: the reading will tell */
	(void)closedir(directory);
	return ERR_OK;
}

enum err
keyring_prepare(const char *state_dir, char kid[KEY_ID_SIZE])
{
	struct keyring *keyring = NULL;
	bool has;
	enum err err;

	kid[0] = '\0';
	if ((err = has_keys(state_dir, &has)) != ERR_OK)
		return err;
	if (!has && (err = keyring_add(state_dir, NULL, kid)) != ERR_OK)
		return err;
	/* Read as the service will read it: what it would refuse, it is better to hear of now. */
	err = keyring_open(state_dir, &keyring);
	keyring_close(keyring);
	return err;
}
