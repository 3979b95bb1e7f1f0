/*
 * password_file: makes the file with the password of a role. For the files of `postgresql` alone.
 */
#ifndef BEARWARD_STORE_POSTGRESQL_PASSWORD_FILE_H
#define BEARWARD_STORE_POSTGRESQL_PASSWORD_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

/* Returns whether there is no password in a file: it is missing, or empty. */
bool password_file_is_missing(const char *path);

/*
 * Writes a random password into a file that is missing or empty, durably; one that is made has
 * mode 0600. Returns ERR_SETUP, with what to do written to report, where that cannot be done.
 */
ERR_CHECKED enum err password_file_make(const char *path, FILE *report);

#endif
