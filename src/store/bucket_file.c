/* bucket_file: the mapped file in which `buckets` counts, shared by all processes of a host. */
#include "store/bucket_file.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "store/shared_file.h"

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
	return HEADER_SIZE + (size_t)header->count * sizeof(bucket_entry);
}

/* A header that a file should have, and the clock that it is compared by. */
struct comparison {
	struct bucket_file_header *header;	/* its key becomes that of a file that fits */
	uint32_t (*clock)(void);
};

/* What was taken before now: the clock is read after the file, which others use meanwhile. */
static bool
fits(int fd, void *arg)
{
	const struct comparison *comparison = arg;
	struct bucket_file_header *wanted = comparison->header, present = {0};
	const bool does_fit =
	    pread(fd, &present, sizeof(present), 0) == (ssize_t)sizeof(present) &&
	    memcmp(present.magic, wanted->magic, sizeof(wanted->magic)) == 0 &&
	    present.count == wanted->count && present.last_taken <= comparison->clock();

	if (does_fit)
		memcpy(wanted->key, present.key, sizeof(wanted->key));
	secret_wipe(&present, sizeof(present));
	return does_fit;
}

static enum err
map_file(const char *path, uint32_t (*clock)(void), struct bucket_file_header *header,
    struct bucket_file *file)
{
	struct comparison comparison = { header, clock };
	const struct shared_file wanted = {
		.path = path, .header = header, .header_len = sizeof(*header),
		.size = size_of(header), .fits = fits, .arg = &comparison,
	};

	file->fd = shared_file_open(&wanted);
	file->header = file->fd < 0 ? MAP_FAILED :
	    mmap(NULL, wanted.size, PROT_READ | PROT_WRITE, MAP_SHARED, file->fd, 0);
	if (file->header == MAP_FAILED) {
		log_event(LEVEL_ERROR, "cannot open the file of attempts", LOG_TEXT("file", path),
		    LOG_TEXT("reason", strerror(errno)));
		if (file->fd >= 0)
			(void)close(file->fd);
		return ERR_STORAGE;
	}
	file->size = wanted.size;
	file->entries = (void *)((char *)file->header + HEADER_SIZE);
	file->count = (size_t)header->count;
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
	const struct shared_file wanted = {
		.header = &header, .header_len = sizeof(header), .size = file->size,
	};
	int fault;

	memcpy(header.key, file->key, sizeof(header.key));
	fault = shared_file_mend(file->fd, &wanted);
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
