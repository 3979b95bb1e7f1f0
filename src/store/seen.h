/*
 * seen: when each session was used last, in one mapped file that all processes of a host share
 * (protocol section 21.6).
 *
 * A check stores 8 bytes, without a lock and without a system call. The place of a session is its
 * number modulo the number of places; where two sessions share one, the later use counts, and the
 * other session looks as idle as its row says. Losing the file makes sessions look less recent,
 * and never more.
 */
#ifndef BEARWARD_STORE_SEEN_H
#define BEARWARD_STORE_SEEN_H

#include <stdint.h>

#include "base/err.h"

struct seen;

enum { SEEN_PLACES = 1 << 20, SEEN_PLACE_SIZE = 8 };

/*
 * Opens the file at path; makes it where there is none. *seen is owned:
 * seen_close(). Any thread may use it. Returns ERR_STORAGE, logged, or ERR_MEMORY; *seen is NULL
 * then.
 */
ERR_CHECKED enum err seen_open(const char *path, struct seen **seen);

/* Closes the file. Accepts NULL. */
void seen_close(struct seen *seen);

/* Notes that a session is used at a moment, in seconds since 1970. */
void seen_note(struct seen *seen, int64_t session_id, int64_t now);

/*
 * Returns when a session was used last, in seconds since 1970, to the minute, rounded down; 0 when
 * it is not known.
 */
int64_t seen_at(const struct seen *seen, int64_t session_id);

/*
 * Visits the uses that were noted since a moment: the lower 32 bits of a session's number, and
 * when, as seen_at() tells it. Reads the file, and no more of it than has ever been written.
 * Returns what visit returned when that was not ERR_OK, or ERR_STORAGE, logged.
 */
typedef enum err seen_visit_use(uint32_t low, int64_t used_at, void *arg);
ERR_CHECKED enum err seen_visit(const struct seen *seen, int64_t since, seen_visit_use *visit,
    void *arg);

#endif
