/*
 * backup_prune: how many backups a directory keeps.
 */
#ifndef BEARWARD_STORE_BACKUP_PRUNE_H
#define BEARWARD_STORE_BACKUP_PRUNE_H

#include <stdint.h>

#include "base/err.h"
#include "store/backup_place.h"

/*
 * Removes the oldest backups of a directory by the time in their names, so that `kept` are left,
 * the one that was finished among them; nothing else than what this module has named there, is a
 * backup and our account's. *removed is how many. ERR_STORAGE, said in the report, or ERR_MEMORY.
 */
ERR_CHECKED enum err backup_prune(const struct backup_place *place, int64_t kept,
    int64_t *removed);

#endif
