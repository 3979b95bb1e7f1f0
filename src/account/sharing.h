/*
 * sharing: a state directory that other accounts use as well, as members of its group.
 *
 * The pools that sign nothing may run as an account that cannot open signing/, and so cannot take
 * a private key with it. The directory is open to a group of that account then, as base/owner.h
 * says. Members can use every file that is there, and make none: what is missing, the owner makes.
 */
#ifndef BEARWARD_ACCOUNT_SHARING_H
#define BEARWARD_ACCOUNT_SHARING_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/owner.h"
#include "config/config.h"

/* Returns why the settings rule it out that a state directory is shared, static; or NULL. */
const char *sharing_find_fault(const struct config *config);

/*
 * Opens the state directory, and what is in it, to a group: files that all processes use to read
 * and write, keys to read. Makes the files that are missing. The database must be there, and this
 * process must have none open. Returns ERR_SETUP, ERR_STORAGE, both logged, or ERR_MEMORY; it can
 * be run again then.
 */
ERR_CHECKED enum err sharing_open(const struct config *config, gid_t group);

/* Makes the files of a shared directory that are missing, but for the database and its log. */
ERR_CHECKED enum err sharing_make_files(const struct config *config);

#endif
