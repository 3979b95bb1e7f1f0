/*
 * completion: makes the completion of shells from the table of commands.
 *
 * Commands, options, and values that are one of a few words are completed, and files. Names of
 * users are not: that would read the database at each press of a key.
 */
#ifndef BEARWARD_CTL_COMPLETION_H
#define BEARWARD_CTL_COMPLETION_H

#include "ctl/command.h"

/* bearward completion */
enum status completion_run(struct ctl *ctl);

#endif
