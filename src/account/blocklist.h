/*
 * blocklist: looks up passwords that nobody may choose, one a line in a file (protocol section
 * 5.2).
 */
#ifndef BEARWARD_ACCOUNT_BLOCKLIST_H
#define BEARWARD_ACCOUNT_BLOCKLIST_H

#include <stdbool.h>

#include "base/err.h"

/*
 * Tells whether password is a line of the file at path; a path of "" stands for an empty list. The
 * file is read as a stream each time: it may be long, and may change. Returns ERR_STORAGE, logged,
 * when it cannot be read; *is_blocked is then true.
 */
ERR_CHECKED enum err blocklist_check(const char *path, const char *password, bool *is_blocked);

#endif
