/*
 * blocklist: looks up passwords that nobody may choose (protocol section 5.2).
 *
 * A blocklist is a file with one password a line, in the order of bytes, as LC_ALL=C sort makes
 * it. So it may be long: a look takes a few reads, whatever its size. It is opened each time; a
 * confined process can open only the file that had the name at its start.
 */
#ifndef BEARWARD_ACCOUNT_BLOCKLIST_H
#define BEARWARD_ACCOUNT_BLOCKLIST_H

#include <stdbool.h>

#include "base/err.h"

/*
 * Tells whether a prepared password, or the same with small letters for A to Z, is a line of the
 * file at path; a path of "" stands for an empty list. Returns ERR_STORAGE, logged, when the file
 * cannot be read, or when the lines that were looked at are not in order; *is_blocked is then
 * true.
 */
ERR_CHECKED enum err blocklist_check(const char *path, const char *password, bool *is_blocked);

enum { BLOCKLIST_FAULT_SIZE = 4096 };

/*
 * Reads the whole file at path. Returns ERR_SETUP, with what to do in fault, when it cannot be
 * read or is not in order, or ERR_MEMORY.
 */
ERR_CHECKED enum err blocklist_inspect(const char *path, char fault[BLOCKLIST_FAULT_SIZE]);

#endif
