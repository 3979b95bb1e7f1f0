/*
 * usage: checks that what was typed is what a command takes.
 */
#ifndef BEARWARD_CTL_USAGE_H
#define BEARWARD_CTL_USAGE_H

#include "ctl/command.h"

/*
 * Returns whether the options are known, the command takes them (NULL: no command was found), and
 * its arguments are all there, in ctl->args; else says on stderr what is wrong and how the command
 * is used.
 */
bool usage_check_options(const struct command *command, const struct ctl *ctl);
bool usage_check_arguments(const struct command *command, const struct ctl *ctl);

#endif
