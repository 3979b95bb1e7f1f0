/*
 * setup_place, internal to account/: where the set-up puts users and keys.
 */
#ifndef BEARWARD_ACCOUNT_SETUP_PLACE_H
#define BEARWARD_ACCOUNT_SETUP_PLACE_H

#include <limits.h>
#include <stdbool.h>

#include "account/setup.h"

/*
 * Checks what was typed for state_dir and address. Returns ERR_FIELDS with what is wrong in the
 * context's faults.
 */
ERR_CHECKED enum err setup_place_check(struct context *context, const struct setup *setup);

/*
 * Makes a directory beside state_dir, of a name that nobody has, in which all is made first.
 * Returns ERR_FIELDS, with the reason in the context's faults.
 */
ERR_CHECKED enum err setup_place_make(struct context *context, const struct setup *setup,
    char made[PATH_MAX]);

/*
 * Gives the directory the name state_dir, durably. Returns ERR_FIELDS, with the reason in the
 * context's faults, as when there is something of that name other than an empty directory.
 */
ERR_CHECKED enum err setup_place_take(struct context *context, const char *made,
    const char *state_dir);

#endif
