/*
 * setup: makes what `bearward init` makes, and the first user, for somebody without a shell.
 *
 * All of it is made and tried in a directory of another name, which gets its own as the last step:
 * what is cut off leaves nothing that looks ready, and of two that come at once one succeeds. From
 * then on there is a database, and nothing more is set up.
 */
#ifndef BEARWARD_ACCOUNT_SETUP_H
#define BEARWARD_ACCOUNT_SETUP_H

#include <limits.h>
#include <stdbool.h>

#include "account/context.h"
#include "text/credentials.h"

/* Where the programs lie, and what is wanted; all is borrowed, and NULL where it was not told. */
struct setup {
	const char *directory;		/* with bearward.conf, and the file of the proof */
	const char *served[2];		/* where the web server hands out files; or "" */
	const char *state_dir;
	const char *address;		/* of the pages, with scheme and host: the issuer */
	bool is_open;			/* everybody may register */
	struct credentials credentials;	/* of the first user */
};

/*
 * Returns true when there is a database where the settings say, or that cannot be told: nothing is
 * to be set up.
 */
bool setup_is_over(const struct config *config);

/*
 * Writes where users and keys may be kept: in the home of the account, or else beside what the web
 * server serves; "" when neither is outside of that, or none can be written.
 */
void setup_suggest_state_dir(const struct setup *setup, char state_dir[PATH_MAX]);

/*
 * Takes away what others may do with the directory and its settings, which they would be refused
 * for, and makes the programs there executable: clients that upload files get both wrong. Does
 * nothing to what is not ours.
 */
void setup_mend_modes(const char *directory);

/*
 * Makes settings, database, key and the first user, who is in the group `admin` and may get the
 * scope users:create. It is durable on return; then the proof and the programs that were for this
 * alone are removed. The service of the context has pages and nothing else open, and settings read
 * from the directory.
 *
 * Returns ERR_REFUSED when the code proves nothing, or no longer; ERR_NOT_FOUND when there is
 * something already; ERR_FIELDS, with all that is wrong with one part of what was typed in the
 * context's faults; ERR_SETUP, logged, when the host would not let the responders run; and what
 * register_user() does. Nothing is left behind then.
 */
ERR_CHECKED enum err setup_make(struct context *context, const struct setup *setup,
    const char *code);

#endif
