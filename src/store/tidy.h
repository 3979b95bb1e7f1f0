/*
 * tidy: removes rows whose end has come. They are harmless, since every statement compares; they
 * only take room.
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

#endif
