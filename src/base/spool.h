/*
 * spool: files without a name, for data that is too large for memory and must not be left behind.
 */
#ifndef BEARWARD_BASE_SPOOL_H
#define BEARWARD_BASE_SPOOL_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

/*
 * Makes an empty file in a directory, to write and read, which is gone when it is closed or the
 * process ends. *file is owned: fclose(). ERR_STORAGE: errno says why.
 */
ERR_CHECKED enum err spool_new(const char *directory, FILE **file);

/*
 * Appends everything that can be read from one file to another. ERR_STORAGE: errno says why;
 * *reading tells whether it was reading that failed.
 */
ERR_CHECKED enum err spool_copy(FILE *from, FILE *to, bool *reading);

#endif
