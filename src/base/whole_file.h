/*
 * whole_file: writes a file whole and durable, or not at all.
 */
#ifndef BEARWARD_BASE_WHOLE_FILE_H
#define BEARWARD_BASE_WHOLE_FILE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Writes a text into the file of that name in an open directory, in place of one that is there;
 * whoever reads it finds the former text or this one. Until it is complete, it is a file of the
 * name beside, with mode 0600, and then it gets its own mode. Of two calls with the same directory
 * and beside, one must have returned before the other begins: what is found there is left by a
 * process that was killed, and removed. Returns false, with errno, on failure; the former file is
 * then still there.
 */
bool whole_file_write(int directory, const char *beside, const char *name, mode_t mode,
    const char *text);

#endif
