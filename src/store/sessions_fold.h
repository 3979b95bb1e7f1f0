/*
 * sessions_fold: writes into rows when sessions were used on this host, where other hosts use the
 * database as well.
 *
 * A check notes a use in the file `seen` of its host, which other hosts do not see. So each host
 * writes its uses into the rows again and again, and a session that is used on one host only is
 * alive on all. A use that is younger than what the row says by less than a tenth of the time that
 * the session may be left alone, and by less than five minutes, is not written.
 */
#ifndef BEARWARD_STORE_SESSIONS_FOLD_H
#define BEARWARD_STORE_SESSIONS_FOLD_H

#include <stdint.h>

#include "base/err.h"
#include "store/db.h"
#include "store/seen.h"

/*
 * Writes the uses from since to now, in transactions of many sessions each. Not for SQLite. What
 * was written before a failure stays.
 */
ERR_CHECKED enum err sessions_fold(struct db *db, const struct seen *seen, int64_t since,
    int64_t now);

#endif
