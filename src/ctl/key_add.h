/*
 * key_add: adds a key for a command, and tells what comes of it.
 */
#ifndef BEARWARD_CTL_KEY_ADD_H
#define BEARWARD_CTL_KEY_ADD_H

#include "ctl/ctl.h"
#include "ctl/known_keys.h"
#include "token/keyring.h"

/* What is there before a key is added. */
struct key_add_before {
	bool has_any;		/* any file of a key, sound or not */
	bool is_read;		/* known is what there is; else what is wrong has been logged */
	struct known_keys known;
};

/* Looks at what is there. Returns false when it cannot be done, which it has said on stderr. */
bool key_add_look(struct ctl *ctl, struct key_add_before *before);

/*
 * Reads when the key is to sign: --after, or with --later, or where it is so as a rule, when all
 * programs know of it. Returns false when it is wrong, which it has said on stderr.
 */
bool key_add_read_after(const struct ctl *ctl, const char *command, bool is_later,
    struct keyring_new *new);

/*
 * Adds a key whose text has no fault, removes keys whose time is over, and tells of all that on
 * stdout, or why it could not be done on stderr. What was done is called "made" or "imported".
 */
enum status key_add(struct ctl *ctl, const struct key_add_before *before,
    const struct keyring_new *new, const char *verb);

#endif
