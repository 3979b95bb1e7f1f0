/*
 * owner: checks that files belong to our account and are closed to all others.
 *
 * Another account that can write where users and keys are kept can sign itself in, and one that
 * can read there can copy hashes and secrets. On a host with many accounts this happens by
 * accident. So no program starts while its state directory or its database is open to others.
 */
#ifndef BEARWARD_BASE_OWNER_H
#define BEARWARD_BASE_OWNER_H

#include <stdbool.h>
#include <sys/types.h>

enum {
	OWNER_FAULT_SIZE = 2 * 4096 + 256,	/* has room for two paths */
	OWNER_NAME_SIZE = 64,
};

/*
 * Returns true when the file or directory at path belongs to the account that the process runs as
 * and has no permissions for others. Otherwise writes to fault what is wrong and what to do; a
 * path that cannot be reached is a fault, too.
 */
bool owner_check(const char *path, char fault[OWNER_FAULT_SIZE]);

/*
 * Writes the name of an account, or its number where it has no name, or none that can be found
 * out: in a sandbox, none can. Returns shown.
 */
const char *owner_show(uid_t uid, char shown[OWNER_NAME_SIZE]);

#endif
