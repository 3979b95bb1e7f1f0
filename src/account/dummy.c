/* dummy: which kind of hash a sign-in computes for nobody. */
#include "account/dummy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/owner.h"
#include "base/secret.h"
#include "hash/kinds.h"
#include "store/users.h"

enum { LASTS = 3600 };		/* seconds, until the users are counted anew */

/* What the file says. */
struct counted {
	struct hash_kinds kinds;	/* all zeros when the file holds nothing of use */
	bool is_valid;
	bool is_recent;
};

static enum err
fail(const char *path)
{
	log_event(LEVEL_ERROR, "cannot use the kinds of hashes", LOG_TEXT("file", path),
	    LOG_TEXT("reason", strerror(errno)));
	return ERR_STORAGE;
}

/* Reads what is in the file now. */
static enum err
read_file(const char *path, int fd, int64_t now, struct counted *counted)
{
	char text[HASH_KINDS_TEXT_SIZE];
	struct stat st;
	ssize_t len;

	*counted = (struct counted){0};
	if (fstat(fd, &st) != 0 || (len = pread(fd, text, sizeof(text) - 1, 0)) < 0)
		return fail(path);
	text[len] = '\0';
	counted->is_valid = hash_kinds_parse(text, &counted->kinds);
	counted->is_recent = st.st_mtime <= now && now - st.st_mtime < LASTS;
	secret_wipe(text, sizeof(text));
	return ERR_OK;
}

/*
 * Writes the file in place: a confined process cannot make another one. Somebody who reads half of
 * it finds it invalid, and then waits for us.
 */
static enum err
write_file(const char *path, int fd, const struct hash_kinds *kinds)
{
	char text[HASH_KINDS_TEXT_SIZE];
	const size_t len = hash_kinds_format(kinds, text);
	enum err err = ERR_OK;

	if (pwrite(fd, text, len, 0) != (ssize_t)len || ftruncate(fd, (off_t)len) != 0)
		err = fail(path);
	secret_wipe(text, sizeof(text));
	return err;
}

static void
count_hash(const char *stored, void *kinds)
{
	hash_kinds_add(kinds, stored);
}

/* Counts all users, and keeps the key where there is one. */
static enum err
count_anew(struct context *context, struct hash_kinds *kinds, bool has_key)
{
	enum err err;

	if (!has_key && (err = secret_random(kinds->key, sizeof(kinds->key))) != ERR_OK)
		return err;
	kinds->count = 0;
	return users_visit_hashes(context->service->db, count_hash, kinds);
}

/* Has numbers that are too old, or missing, counted anew by one thread of one process. */
static enum err
bring_up_to_date(struct context *context, const char *path, int fd, struct counted *counted)
{
	enum err err;

	/* Old numbers will do while somebody else counts; without any there is nothing to do. */
	if (flock(fd, counted->is_valid ? LOCK_EX | LOCK_NB : LOCK_EX) != 0)
		return counted->is_valid ? ERR_OK : fail(path);
	/* Somebody else may have counted before we had the lock, which closing fd releases. */
	if ((err = read_file(path, fd, context->now, counted)) != ERR_OK)
		return err;
	if (counted->is_valid && counted->is_recent)
		return ERR_OK;
	if ((err = count_anew(context, &counted->kinds, counted->is_valid)) != ERR_OK)
		return err;
	return write_file(path, fd, &counted->kinds);
}

static void
write_path(const struct context *context, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/hash.kinds", context->service->config->state_dir);
}

enum err
dummy_choose(struct context *context, const char *username_key, char kind[PASSWORD_KIND_SIZE])
{
	struct counted counted = {0};	/* secret */
	char path[PATH_MAX];
	enum err err;
	int fd;

	kind[0] = '\0';
	write_path(context, path);
	if ((fd = owner_open_file(path, O_RDWR | O_NOFOLLOW)) < 0)
		err = fail(path);
	else
		err = read_file(path, fd, context->now, &counted);
	if (err != ERR_OK)
		goto out;
	if (!(counted.is_valid && counted.is_recent) &&
	    (err = bring_up_to_date(context, path, fd, &counted)) != ERR_OK)
		goto out;
	err = hash_kinds_choose(&counted.kinds, username_key, kind);
out:
	if (fd >= 0)
		(void)close(fd);
	secret_wipe(&counted, sizeof(counted));
	return err;
}

/* The file stays, with its key: a confined process could not open another one. */
void
dummy_expire(struct context *context)
{
	static const struct timespec long_ago[2] = {{ .tv_sec = 0 }, { .tv_sec = 0 }};
	char path[PATH_MAX];

	write_path(context, path);
	if (utimensat(AT_FDCWD, path, long_ago, AT_SYMLINK_NOFOLLOW) != 0 && errno != ENOENT)
		(void)fail(path);
}
