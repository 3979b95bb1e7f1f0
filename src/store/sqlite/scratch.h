/*
 * scratch: a private directory in state_dir for the files of one process, which are gone when it
 * ends, or when the next one makes its own. For the files of `sqlite` alone.
 */
#ifndef BEARWARD_STORE_SQLITE_SCRATCH_H
#define BEARWARD_STORE_SQLITE_SCRATCH_H

#include <stdio.h>

#include "base/err.h"
#include "config/config.h"

/* What it is for; one of each kind at a time. */
enum scratch_kind { SCRATCH_IMPORT, SCRATCH_RESTORE };

struct scratch {
	char *path;		/* owned */
	int fd;			/* owned; the directory, locked; -1: there is none */
};

/*
 * Makes the directory, empty. scratch_remove() must follow in any case. Returns ERR_SETUP, with
 * the reason in report, also when another process has it; or ERR_MEMORY.
 */
ERR_CHECKED enum err scratch_make(const struct config *config, enum scratch_kind kind,
    struct scratch *scratch, FILE *report);

/* Removes the directory and what is in it. */
void scratch_remove(struct scratch *scratch);

/* Removes the directories that killed processes have left. */
void scratch_clean(const struct config *config);

#endif
