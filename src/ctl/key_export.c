/* key_export: bearward key export. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/jwks.h"
#include "account/manage.h"
#include "base/secret.h"
#include "ctl/known_keys.h"

/* Prints what programs fetch that check tokens. */
static enum status
export_set(struct ctl *ctl)
{
	static const struct resource *const resources[] = { &resource_keys_public, NULL };
	char *text = NULL;	/* owned */
	enum err err;

	if (!ctl_open(ctl, resources))
		return STATUS_FAILED;
	if ((err = jwks_get(&ctl->context, &text)) == ERR_OK)
		puts(text);
	free(text);
	return err == ERR_OK ? STATUS_DONE : ctl_fail_for(err);
}

/* Prints a public key. */
static enum err
print_key(const struct key *key, bool is_json)
{
	struct json_object *jwk;	/* taken */
	char *pem;			/* owned */
	enum err err = is_json ? key_jwk(key, &jwk) : key_public_pem(key, &pem);

	if (err != ERR_OK)
		return err;
	if (is_json) {
		ctl_print_object(jwk);
		return ERR_OK;
	}
	fputs(pem, stdout);
	secret_free(pem);
	return ERR_OK;
}

/* Which key is to be printed, and what came of it. */
struct export {
	const char *kid;
	bool is_json;
	enum err err;
};

static void
print_if_named(const struct manage_key *key, void *arg)
{
	struct export *export = arg;

	if (strcmp(key_id(key->key), export->kid) == 0)
		export->err = print_key(key->key, export->is_json);
}

static enum status
export_key(struct ctl *ctl)
{
	struct export export = { .is_json = ctl->typed[OPT_JSON] != NULL, .err = ERR_NO_KEY };
	const struct known_key *key;
	struct known_keys known;
	char shown[CTL_SHOWN_SIZE];

	if (!ctl_state_is_ours(ctl->config.state_dir))
		return STATUS_FAILED;
	if (!known_keys_read(ctl, &known))
		return ctl_fail_for(ERR_SETUP);
	key = ctl->arg_count > 0 ? known_keys_find(&known, ctl->args[0])
	    : known_keys_find_signing(&known);
	if (key == NULL)
		return ctl_fail("there is no key \"%s\"; see `bearward key list`",
		    ctl_show(ctl->arg_count > 0 ? ctl->args[0] : "", shown));
	if (!key_alg_is_asymmetric(key->alg))
		return ctl_fail("key %s is of HS256, which has no public key: who can check can "
		    "sign. `bearward key rotate --alg ES256` makes a key that has one", key->kid);
	export.kid = key->kid;
	manage_list_keys(&ctl->context, print_if_named, &export);
	return export.err == ERR_OK ? STATUS_DONE : ctl_fail_for(export.err);
}

enum status
ctl_key_export(struct ctl *ctl)
{
	if (ctl->typed[OPT_PUBLIC] == NULL)
		return ctl_refuse_usage("key export", "only public keys are exported; say "
		    "--public");
	if (ctl->arg_count == 0 && ctl->typed[OPT_JSON] != NULL)
		return export_set(ctl);
	return export_key(ctl);
}
