/*
 * bucket_file, internal to store/: the mapped file in which `buckets` counts, shared by all
 * processes of a host.
 *
 * It has a header, with the key of the hash of names, and a fixed number of entries. Moments are
 * ticks since the boot, whatever the caller takes for a tick.
 */
#ifndef BEARWARD_STORE_BUCKET_FILE_H
#define BEARWARD_STORE_BUCKET_FILE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

typedef _Atomic uint64_t bucket_entry;

enum { BUCKET_FILE_KEY_LEN = 32 };

struct bucket_file_header;

struct bucket_file {
	int fd;					/* owned */
	struct bucket_file_header *header;	/* owned: the map */
	size_t size;				/* of the map */
	bucket_entry *entries;			/* in the map */
	size_t count;				/* of entries */
	unsigned char key[BUCKET_FILE_KEY_LEN];	/* secret */
};

/*
 * Opens the file at path with so many entries, and makes it where there is none
 * that fits: one of another size, or of an earlier boot, in which an attempt was taken later than
 * the clock says then. Processes that have that one open keep it. Returns ERR_STORAGE, logged, or
 * ERR_INTERNAL; nothing is open then.
 */
ERR_CHECKED enum err bucket_file_open(const char *path, size_t count,
    uint32_t (*clock)(void), struct bucket_file *file);

/* Closes the file and wipes the key. */
void bucket_file_close(struct bucket_file *file);

/*
 * Makes sure that the file is as long as its map, since whoever reaches beyond the end is ended by
 * the kernel. One that somebody has cut is made whole, which forgives all and is logged. Returns
 * false, logged, when it cannot be; the entries must not be looked into then.
 */
bool bucket_file_is_whole(const struct bucket_file *file, uint32_t now);

/* Notes that an attempt was taken at a moment. */
void bucket_file_note(struct bucket_file *file, uint32_t now);

#endif
