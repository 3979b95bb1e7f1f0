/*
 * password_file: reads, or makes, the file with the password of a role. For the files of
 * `postgresql` alone.
 */
#ifndef BEARWARD_STORE_POSTGRESQL_PASSWORD_FILE_H
#define BEARWARD_STORE_POSTGRESQL_PASSWORD_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "store/postgresql/server.h"

enum { PASSWORD_FILE_SIZE = 1026 };

/*
 * Reads the first line of a file that nobody else may read. Returns ERR_SETUP, said by what server
 * has for complaints.
 */
ERR_CHECKED enum err password_file_read(const char *path, const struct server *server,
    char password[PASSWORD_FILE_SIZE]);

/* Returns whether there is no password in a file: it is missing, or empty. */
bool password_file_is_missing(const char *path);

/*
 * Writes a random password into a file that is missing or empty, durably; one that is made has
 * mode 0600. Returns ERR_SETUP, with what to do written to report, where that cannot be done.
 */
ERR_CHECKED enum err password_file_make(const char *path, FILE *report);

#endif
