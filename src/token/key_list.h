/*
 * key_list: tells which signing keys there are, and how old they are, without reading them: for a
 * process that is to have no secret.
 */
#ifndef BEARWARD_TOKEN_KEY_LIST_H
#define BEARWARD_TOKEN_KEY_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "token/key.h"

enum { KEY_LIST_MAX = 64 };

struct key_list {
	size_t count;			/* of sound ones */
	size_t unsound;			/* files that are no key, or may be seen by others */
	struct {
		char id[KEY_ID_SIZE];
		int64_t created_at;	/* seconds since 1970; what the file says if not the id */
	} keys[KEY_LIST_MAX];		/* in no order; further ones are left out */
};

/*
 * Opens keys/ of state_dir; *directory is a descriptor, owned. It goes on to be of use where the
 * process may open nothing any more. Returns ERR_SETUP, logged; *directory is -1 then.
 */
ERR_CHECKED enum err key_list_open(const char *state_dir, int *directory);

/*
 * Lists what is in the directory now, which one thread does at a time. What a keyring would take
 * by name, kind, owner, mode and length is sound; none of it is read.
 */
void key_list_read(int directory, struct key_list *list);

#endif
