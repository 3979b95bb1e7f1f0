/* key_remove: bearward key remove. */
#include <stdio.h>

#include "account/manage.h"
#include "ctl/key_tell.h"
#include "ctl/known_keys.h"

/* Says what has become of the tokens, and what signs now, if anything. key may be NULL. */
static enum status
report(struct ctl *ctl, const struct known_keys *before, const struct known_key *key,
    const char *kid)
{
	struct known_keys after;
	bool is_read;

	key_tell_of_removed(before, key, kid);
	/* Above any complaint, also where both go to one place. */
	fflush(stdout);
	/* Anew, to hear what is amiss. */
	ctl_close(ctl);
	is_read = known_keys_read(ctl, &after);
	if (is_read)
		key_tell_who_signs(&after, key);
	else
		puts("The line above says what is amiss with the keys now. Without a key, the "
		    "service answers 503; `bearward key new` makes one.");
	fflush(stdout);
	ctl_warn_of_hosts(ctl);
	return STATUS_DONE;
}

enum status
ctl_key_remove(struct ctl *ctl)
{
	const enum keyring_last last =
	    ctl->typed[OPT_FORCE] != NULL ? KEYRING_TAKE_LAST : KEYRING_KEEP_LAST;
	char kid[CTL_SHOWN_SIZE], question[CTL_SHOWN_SIZE + 64];
	struct known_keys before;
	enum err err;

	if (!ctl_state_is_ours(ctl->config.state_dir))
		return STATUS_FAILED;
	snprintf(question, sizeof(question), "Remove key %s, and refuse every token that it has "
	    "signed, for good?", ctl_show(ctl->args[0], kid));
	if (!ctl_confirm(ctl, question))
		return STATUS_FAILED;
	(void)known_keys_read(ctl, &before);
	err = manage_remove_key(&ctl->context, ctl->args[0], last);
	if (err == ERR_NO_KEY)
		return ctl_fail("there is no key \"%s\"; see `bearward key list`", kid);
	if (err == ERR_REFUSED)
		return ctl_fail("\"%s\" is the only key: without one, nobody signs in and no "
		    "token is good. Make another first (bearward key new), or use --force", kid);
	if (err == ERR_STORAGE)
		return ctl_fail("the key may still be there; the line above says why");
	if (err != ERR_OK)
		return ctl_fail_for(err);
	return report(ctl, &before, known_keys_find(&before, ctl->args[0]), kid);
}
