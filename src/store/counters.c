/* counters: numbers that only grow, in one mapped file. */
#include "store/counters.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mapped.h"
#include "store/shared_file.h"

#define MAGIC "bearward metrics 1\n"

enum {
	HEADER_SIZE = 4096,
	PARTS = 16,		/* each has all counters, for some of the processors */
	LINE_SIZE = 128,	/* bytes that a processor takes from another at once */
};

/* The beginning of the file. */
struct header {
	char magic[sizeof(MAGIC)];
	uint64_t layout;
	uint64_t count;
};

typedef _Atomic uint64_t counter;

struct counters {
	struct header header;
	struct shared_file file;
	size_t part_len;		/* counters from one part to the next */
	int fd;				/* owned */
	char *map;			/* owned */
	counter *first;			/* in the map */
};

static bool
fits(int fd, void *arg)
{
	const struct header *wanted = arg;
	struct header header;

	return pread(fd, &header, sizeof(header), 0) == (ssize_t)sizeof(header) &&
	    memcmp(&header, wanted, sizeof(header)) == 0;
}

static void
describe(struct counters *counters, const char *path, uint64_t layout, size_t count)
{
	const size_t line_len = LINE_SIZE / sizeof(counter);

	memcpy(counters->header.magic, MAGIC, sizeof(MAGIC));
	counters->header.layout = layout;
	counters->header.count = count;
	counters->part_len = (count + line_len - 1) / line_len * line_len;
	counters->file = (struct shared_file){
		.path = path, .header = &counters->header, .header_len = sizeof(counters->header),
		.size = HEADER_SIZE + PARTS * counters->part_len * sizeof(counter),
		.fits = fits, .arg = &counters->header,
	};
}

static enum err
open_file(struct counters *counters)
{
	const struct shared_file *file = &counters->file;
	void *map = MAP_FAILED;

	counters->fd = shared_file_open(file);
	if (counters->fd >= 0)
		map = mmap(NULL, file->size, PROT_READ | PROT_WRITE, MAP_SHARED, counters->fd, 0);
	if (map != MAP_FAILED) {
		counters->map = map;
		counters->first = (void *)(counters->map + HEADER_SIZE);
		return ERR_OK;
	}
	log_event(LEVEL_ERROR, "cannot open the file of metrics", LOG_TEXT("file", file->path),
	    LOG_TEXT("reason", strerror(errno)));
	if (counters->fd >= 0)
		(void)close(counters->fd);
	return ERR_STORAGE;
}

enum err
counters_open(const char *path, uint64_t layout, size_t count, struct counters **counters)
{
	struct counters *opened = calloc(1, sizeof(*opened));	/* owned until given away */
	enum err err;

	*counters = NULL;
	if (opened == NULL)
		return ERR_MEMORY;
	describe(opened, path, layout, count);
	if ((err = mapped_init()) == ERR_OK)
		err = open_file(opened);
	opened->file.path = NULL;
	if (err == ERR_OK)
		*counters = opened;
	else
		free(opened);
	return err;
}

void
counters_close(struct counters *counters)
{
	if (counters == NULL)
		return;
	(void)munmap(counters->map, counters->file.size);
	(void)close(counters->fd);
	free(counters);
}

/* Makes the file whole that somebody has cut short. Returns false, logged, when it cannot be. */
static bool
mend(const struct counters *counters)
{
	const int fault = shared_file_mend(counters->fd, &counters->file);

	if (fault != 0)
		log_event(LEVEL_ERROR, "cannot count for the metrics",
		    LOG_TEXT("reason", strerror(fault)));
	else
		log_event(LEVEL_WARNING, "metrics begin anew, because their file was cut short",
		    LOG_NUMBER("bytes_mended", (long long)counters->file.size));
	return fault == 0;
}

static bool
reach(const struct counters *counters, void (*work)(void *arg), void *arg)
{
	return mapped_try(work, arg) || (mend(counters) && mapped_try(work, arg));
}

struct addition {
	counter *counter;
	uint64_t amount;
};

static void
add(void *arg)
{
	const struct addition *addition = arg;

	(void)atomic_fetch_add_explicit(addition->counter, addition->amount,
	    memory_order_relaxed);
}

/* The C library knows it without asking the kernel. A thread may be moved meanwhile: no matter. */
static counter *
part_of_this_processor(const struct counters *counters)
{
	const int processor = sched_getcpu();

	return counters->first + counters->part_len *
	    (processor < 0 ? 0 : (size_t)processor % PARTS);
}

void
counters_add(struct counters *counters, size_t number, uint64_t amount)
{
	struct addition addition = { part_of_this_processor(counters) + number, amount };

	(void)reach(counters, add, &addition);
}

struct reading {
	const struct counters *counters;
	uint64_t *values;
};

static void
read_all(void *arg)
{
	const struct reading *reading = arg;
	const struct counters *counters = reading->counters;

	for (size_t i = 0; i < counters->header.count; i++) {
		reading->values[i] = 0;
		for (size_t part = 0; part < PARTS; part++)
			reading->values[i] += atomic_load_explicit(
			    &counters->first[part * counters->part_len + i],
			    memory_order_relaxed);
	}
}

void
counters_read(struct counters *counters, uint64_t *values)
{
	struct reading reading = { counters, values };

	if (!reach(counters, read_all, &reading))
		memset(values, 0, (size_t)counters->header.count * sizeof(*values));
}
