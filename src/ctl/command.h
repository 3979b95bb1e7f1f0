/*
 * command: the table of commands.
 *
 * All that is known of a command is its row in command.c: its usage, the check of what was typed,
 * the help and the completion of shells are made from it, and a test compares bearward(1) with it.
 */
#ifndef BEARWARD_CTL_COMMAND_H
#define BEARWARD_CTL_COMMAND_H

#include <stdbool.h>

#include "ctl/ctl.h"

struct command {
	const char *name;		/* one word, or two: a group and what to do */
	const char *synopsis;		/* what may follow the name: see synopsis.h */
	const char *purpose;		/* in a line */
	enum status (*run)(struct ctl *ctl);
	enum { COMMAND_READS_SETTINGS, COMMAND_READS_NOTHING } needs;
};

/* All of them, in the order of the help; a row without a name ends it. */
extern const struct command commands[];

/* Returns the command that the first words name, and how many they are; NULL for none. */
const struct command *command_find(int count, char *const *words, int *used);

/* Returns whether word is the first of commands with two, or command is one of these. */
bool command_is_group(const char *word);
bool command_is_of(const struct command *command, const char *group);

#endif
