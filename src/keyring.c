/* keyring: the signing keys, one file a key in keys/ of the state directory. */
#include "keyring.h"

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

#include "log.h"
#include "secret.h"

enum {
	KEYS_MAX = 64,
	SETTLED_AFTER = 2,	/* seconds: no file system's clock ticks more coarsely */
	NEW_SECRET_LEN = 32,	/* random bytes */
};

struct entry {
	struct key key;
	struct timespec mtime;
};

struct keyring {
	char path[PATH_MAX];		/* of keys/ */
	struct entry list[KEYS_MAX];	/* newest first */
	size_t count;
	struct timespec changed_at;	/* when keys/ had changed last as it was last read */
	bool is_settled;		/* a later change must show in the directory's time */
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

static bool
is_private(const struct stat *st)
{
	return (st->st_uid == geteuid() || st->st_uid == 0) &&
	    (st->st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

static bool
is_kid(const char *name)
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t len = strlen(name);

	return len > 0 && len < KEY_ID_SIZE && strspn(name, alphabet) == len;
}

/* NULL, or what is wrong with a secret. */
static const char *
fault_of_secret(const char *secret, size_t len)
{
	if (len < KEY_SECRET_MIN)
		return "shorter than 32 bytes; make a longer one";
	if (len > KEY_SECRET_MAX)
		return "longer than 1024 bytes; make a shorter one";
	for (size_t i = 0; i < len; i++)
		if (secret[i] < 0x20 || secret[i] > 0x7e)
			return "not one line of printable ASCII; write the secret alone";
	return NULL;
}

/* NULL, or what is wrong with a key's file. */
static const char *
fault_of_file(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "not a regular file; move it away";
	if (!is_private(st))
		return "others may read or write it, or own it; chmod 600, chown";
	return NULL;
}

/* Reads up to size bytes; -1 with errno. */
static ssize_t
read_up_to(int fd, char *data, size_t size)
{
	size_t len = 0;
	ssize_t got;

	while ((got = read(fd, data + len, size - len)) > 0)
		len += (size_t)got;
	return got == 0 ? (ssize_t)len : -1;
}

/* len without one line end. */
static size_t
without_line_end(const char *text, size_t len)
{
	if (len > 0 && text[len - 1] == '\n')
		len -= len > 1 && text[len - 2] == '\r' ? 2 : 1;
	return len;
}

/* Reads the secret of entry from its open file; NULL, or what is wrong. */
static const char *
read_secret(int fd, struct entry *entry)
{
	char text[KEY_SECRET_MAX + sizeof("\r\n")];	/* secret; room to see what is too long */
	const char *fault;
	ssize_t len = read_up_to(fd, text, sizeof(text));
	size_t secret_len = len < 0 ? 0 : without_line_end(text, (size_t)len);

	if (len < 0)
		fault = strerror(errno);
	else
		fault = fault_of_secret(text, secret_len);
	if (fault == NULL && (entry->key.secret = malloc(secret_len)) == NULL)
		fault = strerror(errno);
	if (fault == NULL) {
		memcpy(entry->key.secret, text, secret_len);
		entry->key.secret_len = secret_len;
	}
	secret_wipe(text, sizeof(text));
	return fault;
}

static enum err
read_key(struct keyring *keyring, int directory, const char *name)
{
	struct entry *entry = &keyring->list[keyring->count];
	const char *fault;
	struct stat st;
	int fd = -1;

	if (!is_kid(name)) {
		complain(keyring, name, "no key id (1-64 of A-Z a-z 0-9 _ -); rename the file");
		return ERR_SETUP;
	}

	/* Non-blocking: a FIFO must not hold the start up. The checks are of what was opened. */
	fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		fault = errno == ELOOP ? "a symbolic link; copy the file" : strerror(errno);
	else if (fstat(fd, &st) == -1)
		fault = strerror(errno);
	else if ((fault = fault_of_file(&st)) == NULL)
		fault = read_secret(fd, entry);
	if (fd != -1)
		(void)close(fd);
	if (fault != NULL) {
		complain(keyring, name, fault);
		return ERR_SETUP;
	}

	(void)snprintf(entry->key.kid, sizeof(entry->key.kid), "%s", name);
	entry->key.created_at = st.st_mtim.tv_sec;
	entry->mtime = st.st_mtim;
	keyring->count++;
	return ERR_OK;
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
compare_entries(const void *a, const void *b)
{
	const struct entry *left = a, *right = b;
	int order = compare_times(&right->mtime, &left->mtime);

	return order != 0 ? order : strcmp(right->key.kid, left->key.kid);
}

/* Opens keys/, which is nobody else's to look into; *fd is -1 on failure. */
static enum err
open_directory(const struct keyring *keyring, struct stat *st, int *fd)
{
	const char *fault = NULL;

	*fd = open(keyring->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd == -1 || fstat(*fd, st) == -1)
		fault = strerror(errno);
	else if (!is_private(st))
		fault = "others may look into the directory, or own it; chmod 700, chown";
	if (fault == NULL)
		return ERR_OK;

	complain(keyring, "", fault);
	if (*fd != -1)
		(void)close(*fd);
	*fd = -1;
	return ERR_SETUP;
}

static enum err
read_entries(struct keyring *keyring, DIR *directory)
{
	const struct dirent *file;
	enum err err;

	while (errno = 0, (file = readdir(directory)) != NULL) {
		if (file->d_name[0] == '.')
			continue;
		if (keyring->count == KEYS_MAX) {
			complain(keyring, "", "more than 64 keys; remove old ones");
			return ERR_SETUP;
		}
		if ((err = read_key(keyring, dirfd(directory), file->d_name)) != ERR_OK)
			return err;
	}
	if (errno != 0) {
		complain(keyring, "", strerror(errno));
		return ERR_SETUP;
	}
	return ERR_OK;
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
	keyring->is_settled = st.st_mtim.tv_sec + SETTLED_AFTER < time(NULL);

	if ((directory = fdopendir(fd)) == NULL) {
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
	qsort(keyring->list, keyring->count, sizeof(keyring->list[0]), compare_entries);
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
	for (size_t i = 0; i < keyring->count; i++) {
		struct key *key = &keyring->list[i].key;

		secret_wipe(key->secret, key->secret_len);
		free(key->secret);
	}
	free(keyring);
}

void
keyring_refresh(struct keyring *keyring)
{
	struct keyring *fresh, former;
	struct stat st = {0};
	bool is_unchanged;

	(void)stat(keyring->path, &st);	/* what it cannot see, the reading reports */
	is_unchanged = compare_times(&st.st_mtim, &keyring->changed_at) == 0;
	if (is_unchanged && keyring->is_settled)
		return;

	if ((fresh = calloc(1, sizeof(*fresh))) == NULL)
		return;
	memcpy(fresh->path, keyring->path, sizeof(fresh->path));
	fresh->is_quiet = is_unchanged && keyring->is_quiet;
	if (read_directory(fresh) == ERR_OK) {
		former = *keyring;
		*keyring = *fresh;
		*fresh = former;
		keyring->is_quiet = false;
	} else {
		/* Not settled: a chmod that mends a file does not show in the directory's time. */
		keyring->changed_at = st.st_mtim;
		keyring->is_settled = false;
		keyring->is_quiet = true;
	}
	keyring_close(fresh);
}

const struct key *
keyring_get_signing_key(const struct keyring *keyring)
{
	return &keyring->list[0].key;	/* without a key there is no keyring */
}

const struct key *
keyring_find(const struct keyring *keyring, const char *kid)
{
	for (size_t i = 0; i < keyring->count; i++)
		if (strcmp(keyring->list[i].key.kid, kid) == 0)
			return &keyring->list[i].key;
	return NULL;
}

const struct key *
keyring_get(const struct keyring *keyring, size_t i)
{
	return i < keyring->count ? &keyring->list[i].key : NULL;
}

/* Writes 2 * len random hex digits and a NUL; len is at most NEW_SECRET_LEN. */
static enum err
random_hex(size_t len, char *hex)
{
	unsigned char bytes[NEW_SECRET_LEN];
	enum err err = secret_random(bytes, len);

	for (size_t i = 0; err == ERR_OK && i < len; i++)
		(void)snprintf(hex + 2 * i, sizeof("ff"), "%02x", (unsigned)bytes[i]);
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
	(void)snprintf(kid, KEY_ID_SIZE, "%s-%s", when, digits);
	return ERR_OK;
}

static bool
write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t written = write(fd, data, len);

		if (written == -1)
			return false;
		data += written;
		len -= (size_t)written;
	}
	return true;
}

/* Writes the key's file, whole and durable or not at all; false with errno. */
static bool
write_key(int directory, const char *kid, const char *secret)
{
	char beside[KEY_ID_SIZE + 1];	/* a name that keyrings pass over */
	bool is_written = false;
	int fd;

	(void)snprintf(beside, sizeof(beside), ".%s", kid);
	fd = openat(directory, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return false;
	is_written = write_all(fd, secret, strlen(secret)) && write_all(fd, "\n", 1) &&
	    fsync(fd) == 0 && renameat(directory, beside, directory, kid) == 0 &&
	    fsync(directory) == 0;
	if (!is_written) {
		int saved_errno = errno;

		(void)unlinkat(directory, beside, 0);
		errno = saved_errno;
	}
	(void)close(fd);
	return is_written;
}

/* Opens keys/ of state_dir, made where there is none; -1 with errno. */
static int
open_or_make_directory(const char *state_dir)
{
	int directory = -1;
	int state = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (state == -1)
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
	if (secret != NULL && fault_of_secret(secret, strlen(secret)) != NULL)
		goto out;
	if ((err = random_hex(NEW_SECRET_LEN, generated)) != ERR_OK)
		goto out;
	if ((err = make_kid(kid)) != ERR_OK)
		goto out;

	directory = open_or_make_directory(state_dir);
	if (directory == -1 || !write_key(directory, kid, secret == NULL ? generated : secret)) {
		log_event(LEVEL_ERROR, "cannot add a signing key",
		    LOG_TEXT("directory", state_dir), LOG_TEXT("reason", strerror(errno)));
		kid[0] = '\0';
		err = ERR_STORAGE;
	}
out:
	if (directory != -1)
		(void)close(directory);
	secret_wipe(generated, sizeof(generated));
	return err;
}
