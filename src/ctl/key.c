/* key: bearward key new, key rotate. */
#include <string.h>

#include "account/manage.h"
#include "base/secret.h"
#include "ctl/key_add.h"
#include "ctl/when.h"

/* The algorithm that was asked for, or the one in use. */
static enum key_alg
choose_alg(struct ctl *ctl)
{
	enum key_alg alg = manage_choose_alg(&ctl->context);

	if (ctl->typed[OPT_ALG] != NULL)
		(void)key_alg_find(ctl->typed[OPT_ALG], &alg);
	return alg;
}

/* What the fault advises after a semicolon is for who has the secret in a file. */
static enum status
refuse_secret(const char *fault)
{
	(void)ctl_fail("no key was added: the secret is %.*s", (int)strcspn(fault, ";"), fault);
	(void)ctl_fail("a secret is one line of %d to %d printable ASCII characters that nobody "
	    "can guess", KEY_SECRET_MIN, KEY_SECRET_MAX);
	return ctl_fail("tokens made with another cannot be brought along; those of the FastAPI "
	    "tutorial expire within half an hour. Make a new key with `bearward key new`, and "
	    "let your programs use that");
}

/* Reads a secret, and adds it. */
static enum status
add_typed(struct ctl *ctl, const struct key_add_before *before, struct keyring_new *new)
{
	static const char pem[] = "-----BEGIN ";
	char *secret = NULL;	/* owned, secret */
	const char *fault;	/* static */
	enum status status;

	if (!ctl_read_key(&secret))
		return STATUS_FAILED;
	new->text = secret;
	if (strncmp(secret, pem, sizeof(pem) - 1) == 0)
		status = ctl_fail("no key was added: this is a PEM block, and no secret of HS256; "
		    "take a private key in with `bearward key import FILE`");
	else if ((fault = keyring_find_fault(new)) != NULL)
		status = refuse_secret(fault);
	else
		status = key_add(ctl, before, new, "made");
	secret_free(secret);
	return status;
}

enum status
ctl_key_new(struct ctl *ctl)
{
	const bool is_typed = ctl->typed[OPT_FROM_STDIN] != NULL;
	struct keyring_new new = { .alg = KEY_HS256 };
	struct key_add_before before;

	if (is_typed && ctl->typed[OPT_ALG] != NULL && strcmp(ctl->typed[OPT_ALG], "HS256") != 0)
		return ctl_refuse_usage("key new", "--from-stdin reads the secret of a key of "
		    "HS256; a private key is taken in by `bearward key import -`");
	if (!key_add_look(ctl, &before))
		return STATUS_FAILED;
	if (!is_typed)
		new.alg = choose_alg(ctl);
	if (!key_add_read_after(ctl, "key new", ctl->typed[OPT_LATER] != NULL, &new))
		return STATUS_USAGE;
	return is_typed ? add_typed(ctl, &before, &new) : key_add(ctl, &before, &new, "made");
}

/* Returns the key that is to sign next, or NULL. */
static const struct known_key *
find_coming(const struct known_keys *known)
{
	const struct known_key *coming = NULL;

	for (size_t i = 0; i < known->count; i++)
		if (known->list[i].state == KEY_PUBLISHED)
			coming = &known->list[i];
	return coming;
}

enum status
ctl_key_rotate(struct ctl *ctl)
{
	const struct known_key *coming;
	struct keyring_new new = {0};
	struct key_add_before before;
	char when[WHEN_SIZE];

	if (!key_add_look(ctl, &before))
		return STATUS_FAILED;
	if (!before.has_any)
		return ctl_fail("there is no key that could be changed; `bearward init` makes the "
		    "first");
	if (!before.is_read)
		return ctl_fail("nothing was changed; the line above says why");
	if ((coming = find_coming(&before.known)) != NULL)
		return ctl_fail("key %s (%s) signs from %s already; wait until it does. Or say "
		    "`bearward key remove %s` first, or `bearward key new --later` for one more",
		    coming->kid, key_alg_name(coming->alg),
		    when_show(coming->signs_at, before.known.now, when), coming->kid);
	new.alg = choose_alg(ctl);
	if (!key_add_read_after(ctl, "key rotate", true, &new))
		return STATUS_USAGE;
	return key_add(ctl, &before, &new, "made");
}
