/*
 * key_list: tells which keys there are to check with, and how old they are, without reading them:
 * for a process that is to have no secret.
 */
#ifndef BEARWARD_TOKEN_KEY_LIST_H
#define BEARWARD_TOKEN_KEY_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "token/key.h"

enum { KEY_LIST_MAX = 64 };

/* Where it looks: keys/ and public/. Descriptors, owned; -1: there is no such directory. */
struct key_list_directories {
	int secrets, publics;
};

struct key_list {
	size_t count;			/* of sound ones */
	size_t unsound;			/* files that are no key, or that others may use */
	struct {
		char id[KEY_ID_SIZE];
		int64_t created_at;	/* seconds since 1970; what the file says if not the id */
	} keys[KEY_LIST_MAX];		/* in no order; further ones are left out */
};

/*
 * Opens the directories of state_dir, of which keys/ must be there. They go on to be of use where
 * the process may open nothing any more. Returns ERR_SETUP, logged; both are -1 then.
 */
ERR_CHECKED enum err key_list_open(const char *state_dir,
    struct key_list_directories *directories);

/* Closes them. */
void key_list_close(const struct key_list_directories *directories);

/*
 * Lists what is in the directories now, which one thread does at a time. What a keyring would take
 * by name, kind, owner, mode and length is sound; none of it is read.
 */
void key_list_read(const struct key_list_directories *directories, struct key_list *list);

#endif
