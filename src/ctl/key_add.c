/* key_add: adds a key for a command, and tells what comes of it. */
#include "ctl/key_add.h"

#include "account/manage.h"
#include "ctl/key_tell.h"

/*
 * When a key signs that programs are to know of first. One that fetches the JWKS every 15 minutes
 * may be given what a cache has kept for another 5; a secret is carried by people.
 */
enum { PUBLIC_WAITS = 20 * 60, SECRET_WAITS = 86400, WAITS_MAX = 366 * 86400 };	/* seconds */

bool
key_add_look(struct ctl *ctl, struct key_add_before *before)
{
	before->is_read = false;
	if (!ctl_state_is_ours(ctl->config.state_dir))
		return false;
	if (manage_find_keys(&ctl->context, &before->has_any) != ERR_OK) {
		(void)ctl_fail("the keys cannot be read; the line above says why");
		return false;
	}
	before->is_read = before->has_any && known_keys_read(ctl, &before->known);
	return true;
}

bool
key_add_read_after(const struct ctl *ctl, const char *command, bool is_later,
    struct keyring_new *new)
{
	const char *typed = ctl->typed[OPT_AFTER];

	if (typed != NULL && (!options_read_span(typed, &new->after) || new->after < 1 ||
	    new->after > WAITS_MAX)) {
		(void)ctl_refuse_usage(command, "option --after needs a span of up to a year: "
		    "90s, 15m, 24h or 7d");
		return false;
	}
	if (typed == NULL && is_later)
		new->after = key_alg_is_asymmetric(new->alg) ? PUBLIC_WAITS : SECRET_WAITS;
	return true;
}

/* Tells of a key that was added, if processes take it up. */
static enum status
report(struct ctl *ctl, const struct key_add_before *before, const char *kid, const char *verb)
{
	const struct known_key *key = NULL;
	struct known_keys known;

	if ((!before->has_any || before->is_read) && known_keys_read(ctl, &known))
		key = known_keys_find(&known, kid);
	if (key == NULL)
		return ctl_fail("key %s was added, and no process takes it up before the file "
		    "named above is mended or removed", kid);
	key_tell_of_new(ctl, &known, key, verb);
	fflush(stdout);
	if (manage_remove_gone_keys(&ctl->context, key_tell_of_gone, NULL) != ERR_OK)
		(void)ctl_fail("a key whose time is over is still there; the line above says why");
	ctl_warn_of_hosts(ctl);
	return STATUS_DONE;
}

enum status
key_add(struct ctl *ctl, const struct key_add_before *before, const struct keyring_new *new,
    const char *verb)
{
	char kid[KEY_ID_SIZE];
	enum err err = manage_add_key(&ctl->context, new, kid);

	if (err == ERR_CONFLICT)
		return ctl_fail("this key is there already; see `bearward key list`. When it "
		    "signs cannot be changed: a new key is safer");
	if (err == ERR_STORAGE)
		return ctl_fail("no key was added; the line above says why");
	return err == ERR_OK ? report(ctl, before, kid, verb) : ctl_fail_for(err);
}
