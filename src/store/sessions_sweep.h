/*
 * sessions_sweep: writes now and then into rows when sessions were used, and removes those that
 * have been left alone for too long.
 *
 * A check notes a use in the file `seen` only. What is written here is what remains if that file
 * is lost, so that its loss makes sessions look less recent by minutes. Where there are thousands
 * of sessions it comes round to each of them less often. Rows of sessions whose end has come are
 * removed by store/tidy.h.
 */
#ifndef BEARWARD_STORE_SESSIONS_SWEEP_H
#define BEARWARD_STORE_SESSIONS_SWEEP_H

#include <stdint.h>

#include "base/err.h"
#include "store/db.h"
#include "store/seen.h"

enum {
	SESSIONS_SWEEP_LOOKS = 1000,	/* rows that are read at most in one transaction */
	SESSIONS_SWEEP_BITE = 200,	/* rows that are changed or removed at most */
};

/*
 * Goes on through the sessions, in a transaction that is made for another reason, if that is due:
 * a minute after the last time. Does nothing where seen is NULL: then nobody knows whether a
 * session is left alone. Returns what db_run() does.
 */
ERR_CHECKED enum err sessions_sweep_bite(struct db_connection *connection,
    const struct seen *seen, int64_t now);

/*
 * Goes through all sessions in steps, so that others write in between, and tells visit after each
 * how many rows are gone. What was removed before a failure stays removed.
 */
ERR_CHECKED enum err sessions_sweep_all(struct db *db, const struct seen *seen, int64_t now,
    void (*visit)(int64_t removed, void *arg), void *arg);

#endif
