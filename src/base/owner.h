/*
 * private: what belongs to one account and is closed to all others.
 *
 * Whoever else may write where users and keys are kept lets himself in, and whoever may read there
 * takes hashes and secrets home. On a host with many accounts either happens by accident, so
 * nothing starts on a state directory or a database that is not ours alone.
 */
#ifndef BEARWARD_BASE_OWNER_H
#define BEARWARD_BASE_OWNER_H

#include <stdbool.h>

enum { OWNER_FAULT_SIZE = 2 * 4096 + 256 };	/* room for two paths */

/*
 * Whether what lies at path belongs to the account we run as, and nobody else may read or write
 * it. Else fault says what is wrong and what to do; a path that cannot be reached is a fault too.
 */
bool owner_check(const char *path, char fault[OWNER_FAULT_SIZE]);

#endif
