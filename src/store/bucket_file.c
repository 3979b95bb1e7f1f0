/* bucket_file: the mapped file in which `buckets` counts, shared by all processes of a host. */
#include "store/bucket_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"

#define MAGIC "bearward attempts 1\n"

enum { HEADER_SIZE = 4096 };

/* The beginning of the file. */
struct bucket_file_header {
	char magic[sizeof(MAGIC)];
	uint64_t count;
	unsigned char key[BUCKET_FILE_KEY_LEN];
	_Atomic uint32_t last_taken;	/* when an attempt was */
};
_Static_assert(sizeof(struct bucket_file_header) <= HEADER_SIZE, "entries come after the header");

static size_t
size_of(const struct bucket_file_header *header)
{
	return HEADER_SIZE + header->count * sizeof(bucket_entry);
}

/*
 * Writes the header, and takes the space of all entries, because a full disk could not be reported
 * when one is written. Returns 0, or what went wrong, as errno.
 */
static int
write_file(int fd, const struct bucket_file_header *header)
{
	const int fault = posix_fallocate(fd, 0, (off_t)size_of(header));

	if (fault != 0)
		return fault;
	return pwrite(fd, header, sizeof(*header), 0) == (ssize_t)sizeof(*header) ? 0 : errno;
}

/* What was taken before now: the clock is read after the file, which others use meanwhile. */
static bool
fits(int fd, const struct bucket_file_header *wanted, uint32_t (*clock)(void),
    struct bucket_file_header *header)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	    status.st_size == (off_t)size_of(wanted) &&
	    pread(fd, header, sizeof(*header), 0) == (ssize_t)sizeof(*header) &&
	    memcmp(header->magic, wanted->magic, sizeof(wanted->magic)) == 0 &&
	    header->count == wanted->count && header->last_taken <= clock();
}

/*
 * Opens the file at path if it is what the header says, but for the key, which becomes the file's.
 * Returns -1 when it cannot be opened; with ENOENT or ELOOP when there is none, or another file
 * that may be replaced.
 */
static int
open_present(const char *path, uint32_t (*clock)(void), struct bucket_file_header *header)
{
	struct bucket_file_header present = {0};
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (fd >= 0 && fits(fd, header, clock, &present)) {
		memcpy(header->key, present.key, sizeof(header->key));
	} else if (fd >= 0) {
		(void)close(fd);
		fd = -1;
		errno = ENOENT;
	}
	secret_wipe(&present, sizeof(present));
	return fd;
}

/* Makes a file beside path, and puts it in its place when it is whole. */
static int
make_file(const char *path, const struct bucket_file_header *header)
{
	char new_path[PATH_MAX];
	int fd, fault;

	if (snprintf(new_path, sizeof(new_path), "%s.new", path) >= (int)sizeof(new_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	(void)unlink(new_path);
	fd = open(new_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	if ((fault = write_file(fd, header)) == 0 && rename(new_path, path) == 0)
		return fd;
	fault = fault != 0 ? fault : errno;
	(void)unlink(new_path);
	(void)close(fd);
	errno = fault;
	return -1;
}

/* Makes the file unless another process has done so meanwhile. */
static int
make_file_once(const char *path, uint32_t (*clock)(void), struct bucket_file_header *header)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int lock, fd, fault;

	snprintf(dir, sizeof(dir), "%.*s", slash == NULL ? 1 : (int)(slash - path),
	    slash == NULL ? "." : path);
	if ((lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return -1;
	fd = flock(lock, LOCK_EX) == 0 ? open_present(path, clock, header) : -1;
	if (fd < 0 && (errno == ENOENT || errno == ELOOP))
		fd = make_file(path, header);
	fault = errno;
	(void)close(lock);
	errno = fault;
	return fd;
}

static enum err
map_file(const char *path, uint32_t (*clock)(void), struct bucket_file_header *header,
    struct bucket_file *file)
{
	const size_t size = size_of(header);

	file->fd = open_present(path, clock, header);
	if (file->fd < 0)
		file->fd = make_file_once(path, clock, header);
	file->header = file->fd < 0 ? MAP_FAILED :
	    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file->fd, 0);
	if (file->header == MAP_FAILED) {
		log_event(LEVEL_ERROR, "cannot open the file of attempts", LOG_TEXT("file", path),
		    LOG_TEXT("reason", strerror(errno)));
		if (file->fd >= 0)
			(void)close(file->fd);
		return ERR_STORAGE;
	}
	file->size = size;
	file->entries = (void *)((char *)file->header + HEADER_SIZE);
	file->count = header->count;
	memcpy(file->key, header->key, sizeof(file->key));
	return ERR_OK;
}

enum err
bucket_file_open(const char *path, size_t count, uint32_t (*clock)(void),
    struct bucket_file *file)
{
	struct bucket_file_header header = { .magic = MAGIC, .count = count };
	enum err err = secret_random(header.key, sizeof(header.key));

	if (err == ERR_OK)
		err = map_file(path, clock, &header, file);
	secret_wipe(&header, sizeof(header));
	return err;
}

void
bucket_file_close(struct bucket_file *file)
{
	(void)munmap(file->header, file->size);
	(void)close(file->fd);
	secret_wipe(file->key, sizeof(file->key));
}

static bool
make_whole(const struct bucket_file *file, off_t len, uint32_t now)
{
	struct bucket_file_header header = { .magic = MAGIC, .count = file->count,
		.last_taken = now };
	int fault;

	memcpy(header.key, file->key, sizeof(header.key));
	fault = write_file(file->fd, &header);
	secret_wipe(&header, sizeof(header));
	if (fault == 0)
		log_event(LEVEL_WARNING, "attempts are forgiven, because their file was cut "
		    "short", LOG_NUMBER("bytes", (long long)len));
	else
		log_event(LEVEL_ERROR, "the file of attempts was cut short and cannot be mended",
		    LOG_NUMBER("bytes", (long long)len), LOG_TEXT("reason", strerror(fault)));
	return fault == 0;
}

bool
bucket_file_is_whole(const struct bucket_file *file, uint32_t now)
{
	struct stat status = {0};

	if (fstat(file->fd, &status) == 0 && status.st_size >= (off_t)file->size)
		return true;
	return make_whole(file, status.st_size, now);
}

void
bucket_file_note(struct bucket_file *file, uint32_t now)
{
	if (atomic_load(&file->header->last_taken) < now)
		atomic_store(&file->header->last_taken, now);
}
