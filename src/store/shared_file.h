/*
 * shared_file, internal to store/: opens a file of fixed size that all processes of a host map.
 *
 * A file begins with a header that says what is in it. One that is not what is wanted is never
 * changed in place, since others may have it mapped: a new one is put where it was.
 */
#ifndef BEARWARD_STORE_SHARED_FILE_H
#define BEARWARD_STORE_SHARED_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* What a file has to be; all of it is borrowed. */
struct shared_file {
	const char *path;
	const void *header;		/* what a new one begins with */
	size_t header_len;
	size_t size;			/* in bytes, with the header */
	/* Returns whether an open file of that size can be used. */
	bool (*fits)(int fd, void *arg);
	void *arg;
};

/*
 * Opens the file, and makes it, as owner_make_file() does, where there is none that fits; of
 * several processes that do so at once, one makes it. Returns a descriptor, owned, or -1 with
 * errno.
 */
int shared_file_open(const struct shared_file *wanted);

/*
 * Makes a file whole that was cut short: writes its header, and takes the space of all of it,
 * because a full disk could not be reported when something is stored into the map. What is still
 * there behind the header stays. Returns 0, or what went wrong, as errno.
 */
int shared_file_mend(int fd, const struct shared_file *wanted);

#endif
