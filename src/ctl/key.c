/* key: bearward key list, key new, key remove. */
#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "account/manage.h"
#include "base/secret.h"
#include "ctl/table.h"

static const struct resource *const keys_only[] = { &resource_keys_signing, NULL };

static const struct table_column columns[] = {
	{ "KID", TABLE_WHOLE }, { "MADE", TABLE_WHOLE }, { "USE", TABLE_WHOLE },
	{ "FILE", TABLE_WHOLE },
};

struct printing {
	const char *state_dir;
	struct table table;
};

static void
print_key(const struct manage_key *key, const char *file, struct table *table)
{
	char when[CTL_TIME_SIZE];

	table_add(table, (const char *const[]){
	    key_id(key->key), ctl_show_time(key_created_at(key->key), when),
	    key->state == KEY_SIGNING ? "signs" : "verifies", file });
}

static void
print_key_as_json(const struct manage_key *key, const char *file)
{
	struct json_object *object = json_object_new_object();	/* taken */
	const int64_t created_at = key_created_at(key->key);

	json_object_object_add(object, "kid", json_object_new_string(key_id(key->key)));
	json_object_object_add(object, "created_at",
	    created_at == 0 ? NULL : json_object_new_int64(created_at));
	json_object_object_add(object, "signs",
	    json_object_new_boolean(key->state == KEY_SIGNING));
	json_object_object_add(object, "file", json_object_new_string(file));
	ctl_print_object(object);
}

static void
print_as_asked(const struct manage_key *key, void *arg)
{
	struct printing *printing = arg;
	char file[PATH_MAX];

	snprintf(file, sizeof(file), "%s/%s/%s", printing->state_dir,
	    key_alg_has_halves(key_alg(key->key)) ? "signing" : "keys", key_id(key->key));
	if (printing->table.is_json)
		print_key_as_json(key, file);
	else
		print_key(key, file, &printing->table);
}

enum status
ctl_key_list(struct ctl *ctl)
{
	struct printing printing;

	if (!ctl_open(ctl, keys_only))
		return STATUS_FAILED;
	printing.state_dir = ctl->config.state_dir;
	table_init(&printing.table, ctl, columns, sizeof(columns) / sizeof(columns[0]));
	manage_list_keys(&ctl->context, print_as_asked, &printing);
	table_flush(&printing.table);
	return STATUS_DONE;
}

/* Tells which key is the one that signs. */
static void
print_signing(const struct manage_key *key, void *arg)
{
	(void)arg;
	if (key->state == KEY_SIGNING)
		printf("key %s signs\n", key_id(key->key));
}

/* Opens the keys as the service does. Else what is amiss has been logged. */
static bool
can_open_keys(struct ctl *ctl)
{
	ctl->resources = keys_only;
	return service_open(&ctl->config, keys_only, &ctl->service) == ERR_OK;
}

static enum status
report_new(struct ctl *ctl, const char *kid)
{
	if (!can_open_keys(ctl))
		return ctl_fail("key %s was added, and no process takes it up before the file "
		    "named above is mended or removed", kid);
	printf("key %s signs from now on; older keys still verify\n", kid);
	printf("A program that checks tokens with a key of its own must have the new one, from "
	    "%s/keys/%s, or it refuses new tokens. `bearward key remove %s` lets the older key "
	    "sign again.\n", ctl->config.state_dir, kid, kid);
	return STATUS_DONE;
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

enum status
ctl_key_new(struct ctl *ctl)
{
	struct keyring_new new = { .alg = KEY_HS256 };
	char *secret = NULL;	/* owned, secret; NULL: a random one is made */
	const char *fault = NULL;	/* static */
	char kid[KEY_ID_SIZE];
	enum err err;

	if (!ctl_state_is_ours(ctl->config.state_dir))
		return STATUS_FAILED;
	if (ctl->typed[OPT_FROM_STDIN] != NULL && !ctl_read_key(&secret))
		return STATUS_FAILED;
	new.text = secret;
	err = manage_add_key(&ctl->context, &new, kid);
	if (err == ERR_REFUSED)
		fault = keyring_find_fault(&new);
	secret_free(secret);
	if (fault != NULL)
		return refuse_secret(fault);
	if (err == ERR_STORAGE)
		return ctl_fail("no key was added; the line above says why");
	if (err != ERR_OK)
		return ctl_fail_for(err);
	return report_new(ctl, kid);
}

/* Says what has become of the tokens, and what signs now, if anything. */
static enum status
report_removed(struct ctl *ctl, const char *kid)
{
	printf("removed key %s: every token that it has signed is refused from now on\n", kid);
	/* Above any complaint, also where both go to one place. */
	fflush(stdout);
	if (can_open_keys(ctl))
		manage_list_keys(&ctl->context, print_signing, NULL);
	else
		puts("The line above says what is amiss in keys/ now. Without a key, the service "
		    "answers 503; `bearward key new` makes one.");
	return STATUS_DONE;
}

enum status
ctl_key_remove(struct ctl *ctl)
{
	const enum keyring_last last =
	    ctl->typed[OPT_FORCE] != NULL ? KEYRING_TAKE_LAST : KEYRING_KEEP_LAST;
	char kid[CTL_SHOWN_SIZE], question[CTL_SHOWN_SIZE + 64];
	enum err err;

	if (!ctl_state_is_ours(ctl->config.state_dir))
		return STATUS_FAILED;
	snprintf(question, sizeof(question), "Remove key %s, and refuse every token that it has "
	    "signed, for good?", ctl_show(ctl->args[0], kid));
	if (!ctl_confirm(ctl, question))
		return STATUS_FAILED;
	err = manage_remove_key(&ctl->context, ctl->args[0], last);
	if (err == ERR_NO_KEY)
		return ctl_fail("there is no key \"%s\"; see `bearward key list`", kid);
	if (err == ERR_REFUSED)
		return ctl_fail("\"%s\" is the only key: without one, nobody signs in and no "
		    "token is good. Make another first (bearward key new), or use --force", kid);
	if (err == ERR_STORAGE)
		return ctl_fail("the key may still be there; the line above says why");
	return err == ERR_OK ? report_removed(ctl, kid) : ctl_fail_for(err);
}
