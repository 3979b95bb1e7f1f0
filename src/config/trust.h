/*
 * trust, internal to config/: refuses a settings file that another account could change.
 *
 * Who can change the settings can open registration, name another directory of users and keys, or
 * switch off what slows guessing down. On a host with many accounts a careless mode is enough. It
 * looks at the file and the directory that names it, not at the directories above.
 */
#ifndef BEARWARD_CONFIG_TRUST_H
#define BEARWARD_CONFIG_TRUST_H

#include "config/loading.h"

/*
 * Checks the file that is open as fd and was opened by path, which is absolute. File and directory
 * must belong to root or to our account. Where we are root, they may belong to the account that
 * state_dir belongs to: a command then becomes that account, and reads the settings again. Group
 * and others may not write the file; others may not write the directory unless it is sticky.
 * Reports each fault as a mistake, with the command that mends it.
 */
void trust_check(struct loading *loading, int fd, const char *path, const char *state_dir);

#endif
