/*
 * help: says how commands are used, to who asks for it and to who has typed something else.
 */
#ifndef BEARWARD_CTL_HELP_H
#define BEARWARD_CTL_HELP_H

#include <stdio.h>

#include "ctl/command.h"

/* bearward help, bearward version */
enum status help_run(struct ctl *ctl);
enum status help_print_version(struct ctl *ctl);

/*
 * Prints the help of what the first words name: a command, a group ("user"), or all of it where
 * there are none. Returns STATUS_USAGE when they name nothing, as help_refuse_command() does.
 */
enum status help_print(int count, char *const *words);

/* Prints all commands with their purposes. */
void help_print_commands(FILE *out);

/* Prints how a command is typed: its name and synopsis, in lines of a narrow terminal. */
void help_print_usage(const struct command *command, FILE *out);

/*
 * Says on stderr that there is no such command, and which was meant, if that is near; or, of a
 * group alone, what commands it has. Returns STATUS_USAGE.
 */
enum status help_refuse_command(int count, char *const *words);

#endif
