/*
 * reason: what SQLite says of a failure, fit for a terminal. It may quote what stands in a file
 * that anybody may have written. For the files of `sqlite` alone.
 */
#ifndef BEARWARD_STORE_SQLITE_REASON_H
#define BEARWARD_STORE_SQLITE_REASON_H

enum { REASON_SIZE = 512 };

/* Writes a message of SQLite, escaped, with single quotes for double ones. Returns shown. */
const char *reason_show(const char *message, char shown[REASON_SIZE]);

#endif
