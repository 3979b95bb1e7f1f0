/* foreign_files: the files of another program's SQLite database: opens, locks, copies them. */
#include "store/sqlite/foreign_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	WAIT = 3000,		/* milliseconds for a writer */
	NAP = 20,		/* milliseconds between two tries */
	TRIES = 10,		/* to copy files that nobody changes meanwhile */
	BLOCK_SIZE = 64 * 1024,
	NAME_SIZE = 64,		/* of a file of the copy */
};

static const char *const suffixes[FOREIGN_FILES] = {
	[FOREIGN_DATABASE] = "", [FOREIGN_WAL] = "-wal", [FOREIGN_JOURNAL] = "-journal",
	[FOREIGN_SHM] = "-shm",
};

/* Bytes that SQLite locks; see "File Locking And Concurrency", and "WAL-mode File Format". */
struct range {
	off_t start;
	off_t len;
};
static const struct range pending = { 0x40000000, 1 };
static const struct range reserved = { 0x40000001, 1 };
static const struct range shared = { 0x40000002, 510 };
static const struct range write_and_checkpoint = { 120, 2 };

static const char being_written[] = "another program is writing to it: stop that for a moment, "
	"and try again";

/* What ends a journal that belongs to a change of several databases at once. */
static const unsigned char journal_magic[8] = {
	0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7
};
enum {
	SUPER_END = 16,		/* length and checksum of the name, and the magic */
	SUPER_NAME_MAX = 4096,
};

static enum err
fail(const struct foreign_files *files, enum foreign_file file, const char *reason, FILE *report)
{
	fprintf(report, "%s%s: %s\n", files->path, suffixes[file], reason);
	return ERR_SETUP;
}

static bool
lock(int fd, short type, const struct range *range)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = range->start,
	    .l_len = range->len };

	return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

static bool
lock_database(int fd)
{
	bool is_locked = lock(fd, F_RDLCK, &pending) && lock(fd, F_RDLCK, &shared);
	int reason = errno;

	(void)lock(fd, F_UNLCK, &pending);
	errno = reason;
	return is_locked;
}

static bool
lock_log(int fd)
{
	return lock(fd, F_RDLCK, &write_and_checkpoint);
}

static enum err
wait_for(const struct foreign_files *files, enum foreign_file file, bool (*take)(int fd),
    FILE *report)
{
	const struct timespec nap = { .tv_nsec = NAP * 1000000L };
	int64_t deadline = clock_ms() + WAIT;

	while (!take(files->fds[file])) {
		if (errno != EAGAIN && errno != EACCES)
			return fail(files, file, strerror(errno), report);
		if (clock_ms() > deadline)
			return fail(files, FOREIGN_DATABASE, being_written, report);
		(void)nanosleep(&nap, NULL);
	}
	return ERR_OK;
}

static enum err
open_file(struct foreign_files *files, enum foreign_file file, FILE *report)
{
	/* No link is followed: it may lead to what only root may read. */
	const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC;
	char *path = NULL;	/* owned */
	struct stat st;
	enum err err = ERR_OK;

	if (asprintf(&path, "%s%s", files->path, suffixes[file]) < 0)
		return ERR_MEMORY;
	files->fds[file] = open(path, flags);
	if (files->fds[file] == -1) {
		if (errno != ENOENT || file == FOREIGN_DATABASE)
			err = fail(files, file, strerror(errno), report);
	} else if (fstat(files->fds[file], &st) == -1)
		err = fail(files, file, strerror(errno), report);
	else if (!S_ISREG(st.st_mode))
		err = fail(files, file, "is not a file", report);
	free(path);
	return err;
}

static void
leave_out(struct foreign_files *files, enum foreign_file file)
{
	if (files->fds[file] != -1)
		(void)close(files->fds[file]);
	files->fds[file] = -1;
}

static off_t
find_size(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? st.st_size : 0;
}

static bool
read_at(int fd, void *buffer, size_t size, off_t offset)
{
	return pread(fd, buffer, size, offset) == (ssize_t)size;
}

/* Returns whether the journal names a super-journal, whose name goes to name. */
static bool
has_super_journal(int fd, char name[SUPER_NAME_MAX])
{
	const unsigned char *end;
	unsigned char bytes[SUPER_END];
	off_t size = find_size(fd);
	size_t len;

	if (size < SUPER_END || !read_at(fd, bytes, SUPER_END, size - SUPER_END))
		return false;
	end = bytes + SUPER_END - sizeof(journal_magic);
	if (memcmp(end, journal_magic, sizeof(journal_magic)) != 0)
		return false;
	len = (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
	name[0] = '\0';
	if (len < SUPER_NAME_MAX && (off_t)len <= size - SUPER_END &&
	    read_at(fd, name, len, size - SUPER_END - (off_t)len))
		name[len] = '\0';
	return true;
}

/*
 * A journal does not count while its program is at work, or when the change of several databases
 * that it belonged to has been committed: then the super-journal is gone. Nobody can begin a
 * change while the database is locked.
 */
static bool
is_journal_undone(const struct foreign_files *files)
{
	struct flock writer = { .l_type = F_WRLCK, .l_whence = SEEK_SET,
	    .l_start = reserved.start, .l_len = reserved.len };
	char super[SUPER_NAME_MAX];

	if (fcntl(files->fds[FOREIGN_DATABASE], F_OFD_GETLK, &writer) == 0 &&
	    writer.l_type != F_UNLCK)
		return false;
	if (!has_super_journal(files->fds[FOREIGN_JOURNAL], super) || super[0] == '\0')
		return true;
	return access(super, F_OK) == 0;
}

/* Says what plainly is no database before all of it is copied. */
static enum err
check_header(const struct foreign_files *files, FILE *report)
{
	static const char magic[16] = "SQLite format 3";
	char header[sizeof(magic)];
	off_t size = find_size(files->fds[FOREIGN_DATABASE]);

	if (files->fds[FOREIGN_JOURNAL] != -1 || files->fds[FOREIGN_WAL] != -1)
		return ERR_OK;
	if (size == 0)
		return fail(files, FOREIGN_DATABASE, "the file is empty", report);
	if (read_at(files->fds[FOREIGN_DATABASE], header, sizeof(header), 0) &&
	    memcmp(header, magic, sizeof(magic)) == 0)
		return ERR_OK;
	return fail(files, FOREIGN_DATABASE, "it is not a SQLite database, or it is encrypted",
	    report);
}

enum err
foreign_files_open(struct foreign_files *files, const char *path, FILE *report)
{
	enum err err;

	for (int i = 0; i < FOREIGN_FILES; i++)
		files->fds[i] = -1;
	/* As SQLite does: what belongs to a file stands beside it, and not beside a link to it. */
	if ((files->path = realpath(path, NULL)) == NULL) {
		fprintf(report, "%s: %s\n", path, strerror(errno));
		return ERR_SETUP;
	}
	if ((err = open_file(files, FOREIGN_DATABASE, report)) != ERR_OK)
		return err;
	if ((err = wait_for(files, FOREIGN_DATABASE, lock_database, report)) != ERR_OK)
		return err;

	/* From here on, what is there stays, since to remove it the database must be locked. */
	for (enum foreign_file file = FOREIGN_WAL; file < FOREIGN_FILES; file++)
		if ((err = open_file(files, file, report)) != ERR_OK)
			return err;
	if (files->fds[FOREIGN_SHM] != -1 &&
	    (err = wait_for(files, FOREIGN_SHM, lock_log, report)) != ERR_OK)
		return err;
	if (files->fds[FOREIGN_JOURNAL] != -1 && !is_journal_undone(files))
		leave_out(files, FOREIGN_JOURNAL);
	return check_header(files, report);
}

/* Copies all of a file, to a new one or over an earlier copy; errno says why not. */
static bool
copy_bytes(int from, int to)
{
	char block[BLOCK_SIZE];
	off_t offset = 0;
	ssize_t got, put;

	while ((got = pread(from, block, sizeof(block), offset)) > 0) {
		if ((put = pwrite(to, block, (size_t)got, offset)) != got) {
			errno = put >= 0 ? ENOSPC : errno;
			return false;
		}
		offset += got;
	}
	return got == 0 && ftruncate(to, offset) == 0;
}

/*
 * A journal that names a super-journal would have SQLite open and remove that file, wherever it
 * is. With something behind it, the name is not seen, and only what is to be undone is.
 */
static bool
hide_super_journal(int fd)
{
	static const char nothing[SUPER_END];
	char super[SUPER_NAME_MAX];

	return !has_super_journal(fd, super) ||
	    pwrite(fd, nothing, sizeof(nothing), find_size(fd)) == sizeof(nothing);
}

static enum err
copy_file(const struct foreign_files *files, enum foreign_file file, int directory,
    const char *name, FILE *report)
{
	char copy[NAME_SIZE];
	enum err err = ERR_OK;
	int fd;

	snprintf(copy, sizeof(copy), "%s%s", name, suffixes[file]);
	fd = openat(directory, copy, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1 || !copy_bytes(files->fds[file], fd) ||
	    (file == FOREIGN_JOURNAL && !hide_super_journal(fd))) {
		fprintf(report, "%s%s: cannot be copied into the state directory: %s\n",
		    files->path, suffixes[file], strerror(errno));
		err = ERR_SETUP;
	}
	if (fd != -1)
		(void)close(fd);
	return err;
}

static enum err
copy_all(const struct foreign_files *files, int directory, const char *name, FILE *report)
{
	enum err err = ERR_OK;

	for (enum foreign_file file = 0; file < FOREIGN_SHM && err == ERR_OK; file++)
		if (files->fds[file] != -1)
			err = copy_file(files, file, directory, name, report);
	return err;
}

/* What a file looks like, and a change of it makes different; all zeros where there is none. */
static void
look_at(const struct foreign_files *files, struct stat looks[FOREIGN_SHM])
{
	for (enum foreign_file file = 0; file < FOREIGN_SHM; file++)
		if (fstat(files->fds[file], &looks[file]) == -1)
			looks[file] = (struct stat){0};
}

static bool
has_changed(const struct stat *before, const struct stat *after)
{
	return before->st_size != after->st_size ||
	    before->st_mtim.tv_sec != after->st_mtim.tv_sec ||
	    before->st_mtim.tv_nsec != after->st_mtim.tv_nsec;
}

static bool
have_changed(const struct foreign_files *files, const struct stat before[FOREIGN_SHM])
{
	struct stat after[FOREIGN_SHM];
	bool has_any = false;

	look_at(files, after);
	for (enum foreign_file file = 0; file < FOREIGN_SHM; file++)
		has_any = has_any || has_changed(&before[file], &after[file]);
	return has_any;
}

enum err
foreign_files_copy(struct foreign_files *files, int directory, const char *name, FILE *report)
{
	struct stat before[FOREIGN_SHM];
	enum err err;

	/* Where there is no -shm, a program that is started now can begin to write. */
	for (int i = 0; i < TRIES; i++) {
		look_at(files, before);
		if ((err = copy_all(files, directory, name, report)) != ERR_OK)
			return err;
		if (have_changed(files, before))
			continue;
		for (enum foreign_file file = 0; file < FOREIGN_FILES; file++)
			leave_out(files, file);
		return ERR_OK;
	}
	return fail(files, FOREIGN_DATABASE, being_written, report);
}

void
foreign_files_close(struct foreign_files *files)
{
	for (enum foreign_file file = 0; file < FOREIGN_FILES; file++)
		leave_out(files, file);
	free(files->path);
	files->path = NULL;
}
