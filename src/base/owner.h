/*
 * owner: checks that files belong to our account, and are closed to all others but a group.
 *
 * Another account that can write where users and keys are kept can sign itself in, and one that
 * can read there can copy hashes and secrets. On a host with many accounts this happens by
 * accident. So no program starts while its state directory or its database is open to others.
 *
 * One way of being open is meant: `bearward init --group` gives the directory to a group, whose
 * members may run programs that use what is in it. The directory has mode 2750 then, which nobody
 * sets by accident: members can make, rename and remove nothing in it, and each new file gets the
 * group. Members can read and write its files of mode 0660.
 */
#ifndef BEARWARD_BASE_OWNER_H
#define BEARWARD_BASE_OWNER_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

enum {
	OWNER_FAULT_SIZE = 2 * 4096 + 256,	/* has room for two paths */
	OWNER_NAME_SIZE = 64,
	OWNER_SHARED_DIRECTORY = 02750,		/* modes of what is open to the group */
	OWNER_SHARED_FILE = 0660,
};

/* Whose a directory is. */
struct owner {
	uid_t account;
	bool is_shared;		/* it is open to the group, by its mode */
	gid_t group;
};

/* Tells whose a directory is. */
struct owner owner_of(const struct stat *directory);

/*
 * Returns true when the process may use the directory at path: it belongs to the account that we
 * run as, or it is open to a group that this account is a member of; and it has no other
 * permissions for others. Otherwise writes to fault what is wrong and what to do; a path that
 * cannot be reached is a fault, too.
 */
bool owner_find(const char *path, struct owner *owner, char fault[OWNER_FAULT_SIZE]);

/* Returns what owner_find() does, but the directory must belong to the account that we run as. */
bool owner_check(const char *path, char fault[OWNER_FAULT_SIZE]);

/*
 * Returns true when the process may read and write a file of a directory that owner_find() finds
 * no fault with: the file has the same owner, and no permissions for others, except that the group
 * of a shared directory may read and write it. Otherwise writes to fault what is wrong.
 */
bool owner_check_file(const char *directory, const char *path, char fault[OWNER_FAULT_SIZE]);

/*
 * Tells whether a file or directory has no more permissions for others than the owner's group may
 * have: rights is made of 040, 020 and 010, or 0.
 */
bool owner_is_closed(const struct owner *owner, const struct stat *st, mode_t rights);

/*
 * Makes a file in a directory, with mode 0600, or 0660 where the directory is shared. flags are
 * those of open(2); the file must not be there. Returns a descriptor, owned, or -1 with errno.
 */
int owner_make_file(const char *path, int flags);

/* Opens a file, and makes it as owner_make_file() does where there is none. */
int owner_open_file(const char *path, int flags);

/*
 * Writes the name of an account, or its number where it has no name, or none that can be found
 * out: in a sandbox, none can. Returns shown.
 */
const char *owner_show(uid_t uid, char shown[OWNER_NAME_SIZE]);

/* The same for a group. */
const char *owner_show_group(gid_t gid, char shown[OWNER_NAME_SIZE]);

#endif
