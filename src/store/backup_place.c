/* backup_place: where a backup goes. */
#include "store/backup_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/owner.h"
#include "store/backup.h"
#include "store/backup_name.h"

#define UNFINISHED ".unfinished"

enum {
	NUMBERS_MAX = 1000,		/* of backups that begin within one second */
	NAME_ROOM = NAME_MAX - sizeof("." UNFINISHED),
};

/* Of the unfinished file: far from what SQLite locks. A lock of the open file, not the process. */
static const struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET,
    .l_start = INT64_C(1) << 60, .l_len = 1 };

static void
complain(const struct backup_place *place, const char *name, const char *reason)
{
	fprintf(place->report, "%s/%s: %s\n", place->path, name, reason);
}

enum err
backup_place_fail(const struct backup_place *place, const char *name, const char *reason)
{
	complain(place, name, reason);
	return ERR_STORAGE;
}

/* ---- unfinished files */

/* Returns whether the file that is open is still the one of that name. */
static bool
is_in_place(const struct backup_place *place, const char *name, int fd)
{
	struct stat here, there;

	return fstat(fd, &here) == 0 &&
	    fstatat(place->directory, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	    here.st_ino == there.st_ino && here.st_dev == there.st_dev;
}

/* Removes an unfinished file that nobody makes any more. */
static void
remove_left(const struct backup_place *place, const char *name)
{
	struct flock ours = lock;
	const int fd = openat(place->directory, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);

	if (fd == -1)
		return;
	if (fcntl(fd, F_OFD_SETLK, &ours) == 0 && is_in_place(place, name, fd))
		(void)unlinkat(place->directory, name, 0);
	(void)close(fd);
}

bool
backup_place_visit(const struct backup_place *place, void (*take)(const struct backup_place *place,
    const char *name, void *arg), void *arg)
{
	DIR *entries = opendir(place->path);	/* owned */
	const struct dirent *entry;

	if (entries == NULL)
		return false;
	while ((entry = readdir(entries)) != NULL)
		take(place, entry->d_name, arg);
	closedir(entries);
	return true;
}

static void
remove_if_left(const struct backup_place *place, const char *name, void *unused)
{
	const size_t len = strlen(name), end = sizeof(UNFINISHED) - 1;
	char finished[NAME_MAX + 1];
	struct backup_name read;

	(void)unused;
	if (name[0] != '.' || len <= end || strcmp(name + len - end, UNFINISHED) != 0)
		return;
	snprintf(finished, sizeof(finished), "%.*s", (int)(len - end - 1), name + 1);
	if (place->is_directory ? backup_name_read(finished, &read)
	    : strcmp(finished, place->name) == 0)
		remove_left(place, name);
}

/*
 * Locks the file that was just made. Before that, another process may have taken it for one that
 * was left, and removed it. Where nothing can be locked, nobody removes any.
 */
static bool
hold(const struct backup_place *place, const char *name)
{
	struct flock ours = lock;

	if (fcntl(place->fd, F_OFD_SETLK, &ours) == -1 && (errno == EAGAIN || errno == EACCES))
		return false;
	return is_in_place(place, name, place->fd);
}

/*
 * Makes the unfinished file of place->name. EEXIST: another process makes the same. Whoever has it
 * may give it its name in the end, and nobody else.
 */
static bool
make_unfinished(struct backup_place *place)
{
	char name[NAME_MAX + 1];

	snprintf(name, sizeof(name), ".%.*s" UNFINISHED, NAME_ROOM, place->name);
	place->fd = openat(place->directory, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (place->fd == -1)
		return false;
	if (!hold(place, name)) {
		(void)close(place->fd);
		place->fd = -1;
		errno = EEXIST;
		return false;
	}
	free(place->unfinished);
	if (asprintf(&place->unfinished, "%s/%s", place->path, name) < 0)
		place->unfinished = NULL;
	return place->unfinished != NULL;
}

/* ---- places */

/* Says why nothing can be made there, and for whom it has to be open. */
static enum err
refuse_directory(const struct backup_place *place, int reason)
{
	char us[OWNER_NAME_SIZE];

	owner_show(geteuid(), us);
	if (reason == EACCES || reason == EPERM)
		fprintf(place->report, "%s: %s cannot write there; name a directory of %s's: "
		    "install -d -m 0700 -o %s DIR\n", place->path, us, us, us);
	else
		fprintf(place->report, "%s: %s\n", place->path, strerror(reason));
	return ERR_SETUP;
}

/* What is there under the name of a file may be replaced if it is a backup. */
static enum err
check_present(const struct backup_place *place)
{
	const int fd = openat(place->directory, place->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);
	bool is_backup;

	if (fd == -1 && errno == ENOENT)
		return ERR_OK;
	is_backup = fd != -1 && backup_is_one(fd);
	if (fd != -1)
		(void)close(fd);
	if (is_backup)
		return ERR_OK;
	complain(place, place->name, "it is there already, and is no backup: name another file");
	return ERR_SETUP;
}

/* Whoever can put another file in place of the unfinished one could read what is written there. */
static enum err
check_directory(const struct backup_place *place)
{
	char its[OWNER_NAME_SIZE], us[OWNER_NAME_SIZE];
	struct stat st;

	if (fstat(place->directory, &st) == -1)
		return refuse_directory(place, errno);
	owner_show(geteuid(), us);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		fprintf(place->report, "%s: belongs to %s, who could read what is saved there; "
		    "name a directory of %s's: install -d -m 0700 -o %s DIR\n", place->path,
		    owner_show(st.st_uid, its), us, us);
	else if ((st.st_mode & S_IWOTH) != 0 && (st.st_mode & S_ISVTX) == 0)
		fprintf(place->report, "%s: everybody can write there, and read what is saved; "
		    "close it: chmod o-w %s\n", place->path, place->path);
	else
		return ERR_OK;
	return ERR_SETUP;
}

static enum err
make_file(struct backup_place *place)
{
	enum err err = check_present(place);

	if (err != ERR_OK || make_unfinished(place))
		return err;
	if (errno == EEXIST)
		return backup_place_fail(place, place->name, "another backup is being written "
		    "there; try again when it is done");
	return refuse_directory(place, errno);
}

static bool
has_name(const struct backup_place *place)
{
	struct stat st;

	return fstatat(place->directory, place->name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Gives the unfinished file up. */
static void
abandon(struct backup_place *place)
{
	if (place->fd == -1)
		return;
	if (place->unfinished != NULL)
		(void)unlink(place->unfinished);
	(void)close(place->fd);
	place->fd = -1;
}

/* Two that begin in the same second have different names. */
static enum err
make_file_in_directory(struct backup_place *place, int64_t now)
{
	for (int number = 1; number < NUMBERS_MAX; number++) {
		if (!backup_name_make(now, number, place->name))
			return backup_place_fail(place, "", "the clock is wrong");
		if (has_name(place))
			continue;
		if (make_unfinished(place)) {
			/* Whoever had it before may have finished since we looked. */
			if (!has_name(place))
				return ERR_OK;
			abandon(place);
		} else if (errno != EEXIST)
			return refuse_directory(place, errno);
	}
	return backup_place_fail(place, place->name, "there are too many of this second");
}

/* Takes what was typed apart: a directory, or the name of a file and the directory it is in. */
static enum err
find_directory(const char *to, struct backup_place *place)
{
	const char *slash = strrchr(to, '/'), *name = slash != NULL ? slash + 1 : to;
	char *parent;	/* owned */
	struct stat st;

	place->is_directory = stat(to, &st) == 0 && S_ISDIR(st.st_mode);
	if (!place->is_directory && (*name == '\0' || strlen(name) > NAME_ROOM)) {
		fprintf(place->report, "%s: %s\n", to, *name == '\0'
		    ? "there is no such directory; make it first" : "this name is too long");
		return ERR_SETUP;
	}
	if (place->is_directory)
		parent = strdup(to);
	else if (slash == NULL)
		parent = strdup(".");
	else
		parent = strndup(to, slash == to ? 1 : (size_t)(slash - to));
	if (parent == NULL)
		return ERR_MEMORY;
	if (!place->is_directory)
		snprintf(place->name, sizeof(place->name), "%s", name);
	place->path = realpath(parent, NULL);
	if (place->path == NULL)
		fprintf(place->report, "%s: %s\n", parent, strerror(errno));
	free(parent);
	return place->path != NULL ? ERR_OK : ERR_SETUP;
}

enum err
backup_place_open(const char *to, int64_t now, FILE *report, struct backup_place *place)
{
	enum err err;

	*place = (struct backup_place){ .report = report, .directory = -1, .fd = -1 };
	if ((err = find_directory(to, place)) != ERR_OK)
		return err;
	place->directory = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (place->directory == -1)
		return refuse_directory(place, errno);
	if ((err = check_directory(place)) != ERR_OK)
		return err;
	if (!backup_place_visit(place, remove_if_left, NULL))
		return refuse_directory(place, errno);
	return place->is_directory ? make_file_in_directory(place, now) : make_file(place);
}

/* Another that began in the same second may have been quicker, where nothing is locked. */
static bool
give_name(const struct backup_place *place)
{
	const unsigned flags = place->is_directory ? RENAME_NOREPLACE : 0;
	const char *unfinished = strrchr(place->unfinished, '/') + 1;

	if (renameat2(place->directory, unfinished, place->directory, place->name, flags) == 0)
		return true;
	/* A file system need not know the flag. */
	return errno == EINVAL && flags != 0 &&
	    renameat(place->directory, unfinished, place->directory, place->name) == 0;
}

enum err
backup_place_finish(struct backup_place *place)
{
	enum err err;

	if (fsync(place->fd) == -1)
		return backup_place_fail(place, place->name, strerror(errno));
	/* What has come meanwhile is not replaced either. */
	if (!place->is_directory && (err = check_present(place)) != ERR_OK)
		return err;
	if (!give_name(place))
		return backup_place_fail(place, place->name, strerror(errno));
	(void)close(place->fd);
	place->fd = -1;
	return fsync(place->directory) == 0 ? ERR_OK
	    : backup_place_fail(place, place->name, strerror(errno));
}

void
backup_place_close(struct backup_place *place)
{
	abandon(place);
	if (place->directory != -1)
		(void)close(place->directory);
	free(place->unfinished);
	free(place->path);
	*place = (struct backup_place){ .directory = -1, .fd = -1 };
}
