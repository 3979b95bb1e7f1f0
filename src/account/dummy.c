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

/* Opens the file, which is made where there is none, and reads it. *fd is owned. */
static enum err
read_file(const char *path, int64_t now, int *fd, struct counted *counted)
{
	char text[HASH_KINDS_TEXT_SIZE];
	struct stat st;
	ssize_t len;

	*counted = (struct counted){0};
	*fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (*fd < 0 || fstat(*fd, &st) != 0)
		return fail(path);
	if ((len = pread(*fd, text, sizeof(text) - 1, 0)) < 0)
		return fail(path);
	text[len] = '\0';
	counted->is_valid = hash_kinds_parse(text, &counted->kinds);
	counted->is_recent = st.st_mtime <= now && now - st.st_mtime < LASTS;
	secret_wipe(text, sizeof(text));
	return ERR_OK;
}

/* Puts the new text in the place of the old, whole: others may be reading. */
static enum err
replace_file(const char *path, const struct hash_kinds *kinds)
{
	char text[HASH_KINDS_TEXT_SIZE], path_of_new[PATH_MAX + 4];
	const size_t len = hash_kinds_format(kinds, text);
	enum err err = ERR_OK;
	int fd;

	snprintf(path_of_new, sizeof(path_of_new), "%s.new", path);
	fd = open(path_of_new, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, text, len) != (ssize_t)len || rename(path_of_new, path) != 0)
		err = fail(path_of_new);
	if (fd >= 0)
		(void)close(fd);
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
count_anew(struct context *context, const char *path, struct counted *counted)
{
	enum err err;

	if (!counted->is_valid &&
	    (err = secret_random(counted->kinds.key, sizeof(counted->kinds.key))) != ERR_OK)
		return err;
	counted->kinds.count = 0;
	if ((err = users_visit_hashes(context->service->db, count_hash,
	    &counted->kinds)) != ERR_OK)
		return err;
	return replace_file(path, &counted->kinds);
}

/* Takes numbers that are too old, or none, to be counted anew by one process or thread. */
static enum err
bring_up_to_date(struct context *context, const char *path, int fd, struct counted *counted)
{
	enum err err;
	int again;

	/* Old numbers will do while somebody else counts; without any there is nothing to do. */
	if (flock(fd, counted->is_valid ? LOCK_EX | LOCK_NB : LOCK_EX) != 0)
		return counted->is_valid ? ERR_OK : fail(path);
	/* Somebody else may have counted before we had the lock. */
	err = read_file(path, context->now, &again, counted);
	if (err == ERR_OK && !(counted->is_valid && counted->is_recent))
		err = count_anew(context, path, counted);
	if (again >= 0)
		(void)close(again);
	return err;
}

enum err
dummy_choose(struct context *context, const char *username_key, char kind[PASSWORD_KIND_SIZE])
{
	struct counted counted = {0};	/* secret */
	char path[PATH_MAX];
	enum err err;
	int fd = -1;

	kind[0] = '\0';
	snprintf(path, sizeof(path), "%s/hash.kinds", context->service->config->state_dir);
	if ((err = read_file(path, context->now, &fd, &counted)) != ERR_OK)
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
