/*
 * tidy: removes rows whose end has come. They are harmless, since every statement compares; they
 * only take room. Rows of the audit go after 400 days, or when eight million others are newer;
 * messages that nobody delivers go two days after they were due, or when 100,000 are newer.
 */
#ifndef BEARWARD_STORE_TIDY_H
#define BEARWARD_STORE_TIDY_H

#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

enum { TIDY_BITE = 200 };	/* rows at most in one transaction */

/*
 * Removes up to TIDY_BITE rows in a transaction that is made for another reason, if that is due:
 * a minute after the last time, or a second after a time that found more than it could remove. now
 * is in seconds since 1970. Returns what db_run() does.
 */
ERR_CHECKED enum err tidy_bite(struct db_connection *connection, int64_t now);

/*
 * Removes all of them, TIDY_BITE rows in each transaction, so that others write in between. visit
 * is told after each how many rows are gone. What was removed before a failure stays removed.
 */
ERR_CHECKED enum err tidy_all(struct db *db, int64_t now,
    void (*visit)(int64_t removed, void *arg), void *arg);

#endif
