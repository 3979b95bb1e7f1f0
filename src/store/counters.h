/*
 * counters: numbers that only grow, in one mapped file that all processes of a host share.
 *
 * Counting takes no lock and no system call, and a process may be killed at any moment. Each
 * counter stands in the file several times, and a thread counts in the one of the processor that
 * it runs on, so that processors do not take a line of memory from one another.
 *
 * A file has a layout, which says what each number counts. One of another layout is put aside, and
 * a new one is begun at zero; a program that has the other one open goes on counting there.
 */
#ifndef BEARWARD_STORE_COUNTERS_H
#define BEARWARD_STORE_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct counters;

enum { COUNTERS_MAX = 4096 };

/*
 * Opens the file at path with count counters, COUNTERS_MAX at most; makes it where
 * there is none of that layout and number. *counters is owned: counters_close(). Any thread may
 * use it, and so may a process that is forked. Returns ERR_STORAGE, logged, or ERR_MEMORY;
 * *counters is NULL then.
 */
ERR_CHECKED enum err counters_open(const char *path, uint64_t layout, size_t count,
    struct counters **counters);

/* Closes the file. Accepts NULL. */
void counters_close(struct counters *counters);

/* Adds to a counter, which is less than count. What cannot be counted, logged, is lost. */
void counters_add(struct counters *counters, size_t number, uint64_t amount);

/* Gives all counters, as they are now or a moment later; those that cannot be read are 0. */
void counters_read(struct counters *counters, uint64_t *values);

#endif
