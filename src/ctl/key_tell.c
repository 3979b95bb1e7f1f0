/* key_tell: tells in words what happens when with a key. */
#include "ctl/key_tell.h"

#include <stdio.h>

#include "account/manage.h"
#include "ctl/when.h"

static bool
is_public(const struct known_key *key)
{
	return key_alg_is_asymmetric(key->alg);
}

/* Returns whether others than this key, gone ones aside, can be checked with public keys. */
static bool
has_other_public(const struct known_keys *known, const struct known_key *key)
{
	for (size_t i = 0; i < known->count; i++)
		if (&known->list[i] != key && is_public(&known->list[i]) &&
		    known->list[i].state != KEY_GONE)
			return true;
	return false;
}

/* What a new key does. */
static void
print_what_it_does(const struct known_key *key, int64_t now, const char *verb)
{
	const char *seen = is_public(key) ? "published" : "checks tokens";
	char when[WHEN_SIZE];

	printf("%s key %s (%s): ", verb, key->kid, key_alg_name(key->alg));
	if (key->state == KEY_PUBLISHED)
		printf("%s from now on, signs from %s\n", seen,
		    when_show(key->signs_at, now, when));
	else
		printf("%ssigns from now on\n", is_public(key) ? "published, and " : "");
}

/* What becomes of the key before the new one, until it is gone. */
static void
print_before(const struct known_key *before, const struct known_key *key, int64_t now)
{
	char from[WHEN_SIZE], until[WHEN_SIZE];

	printf("key %s (%s) ", before->kid, key_alg_name(before->alg));
	if (key->state == KEY_SIGNING)
		printf("signs no more");
	else if (before->state == KEY_PUBLISHED)
		printf("signs from %s until then", when_show(before->signs_at, now, from));
	else
		printf("signs until then");
	printf(", and checks its tokens until %s\n", when_show(before->gone_at, now, until));
}

/* What programs have to know that check tokens with public keys. */
static void
advise_of_public(const struct known_key *before, const struct known_key *key, int64_t now)
{
	const char *alg = key_alg_name(key->alg);
	char from[WHEN_SIZE], by[WHEN_SIZE + sizeof("by ")] = "now";

	if (key->state == KEY_PUBLISHED)
		snprintf(by, sizeof(by), "by %s", when_show(key->signs_at, now, from));
	if (!is_public(before))
		printf("A program that checks tokens with the secret of key %s refuses those of "
		    "key %s: let it take the public keys, from /.well-known/jwks.json, %s\n",
		    before->kid, key->kid, by);
	else if (before->alg != key->alg)
		printf("A program that takes tokens of %s alone has to take %s, too, %s\n",
		    key_alg_name(before->alg), alg, by);
	if (key->signs_at < now + KEY_TELL_JWKS_SEEN_AFTER &&
	    (is_public(before) || key->state == KEY_PUBLISHED))
		printf("Programs may keep the JWKS for %d seconds, and some keep it longer: they "
		    "may refuse new tokens until they have this key. `bearward key rotate` "
		    "lets them see a key before it signs\n", KEY_TELL_JWKS_KEPT_FOR);
}

/* What programs have to know that check tokens with secrets. */
static void
advise_of_secret(const struct ctl *ctl, const struct known_key *before,
    const struct known_key *key, int64_t now)
{
	char path[PATH_MAX], from[WHEN_SIZE];

	known_keys_path(ctl, key, path);
	when_show(key->signs_at, now, from);
	if (key->state == KEY_PUBLISHED)
		printf("A secret is never published: give it to every program that checks tokens "
		    "itself, from %s, before %s. One that can hold one secret alone changes it "
		    "then\n", path, from);
	else
		printf("A program that checks tokens itself must have the secret, from %s, or it "
		    "refuses new tokens\n", path);
	if (before != NULL && is_public(before))
		puts("A program that checks with public keys refuses tokens of this key: it has "
		    "no public key");
	if (before != NULL && key->state == KEY_SIGNING)
		printf("`bearward key remove %s` lets key %s sign again\n", key->kid, before->kid);
}

void
key_tell_of_new(const struct ctl *ctl, const struct known_keys *known,
    const struct known_key *key, const char *verb)
{
	const struct known_key *before = known_keys_find_before(known, key);
	const struct known_key *after = known_keys_find_after(known, key);
	char when[WHEN_SIZE];

	if (before != NULL && before->state == KEY_GONE)
		before = NULL;
	print_what_it_does(key, known->now, verb);
	if (before != NULL)
		print_before(before, key, known->now);
	if (after != NULL)
		printf("key %s (%s) signs after it, from %s\n", after->kid,
		    key_alg_name(after->alg), when_show(after->signs_at, known->now, when));
	if (!is_public(key))
		advise_of_secret(ctl, before, key, known->now);
	else if (before != NULL)
		advise_of_public(before, key, known->now);
	if (is_public(key) && has_other_public(known, key))
		puts("If a web server serves what `bearward documents` has written, write it "
		    "again now");
}

/* What becomes of tokens outside of this service, which the removal does not reach. */
static void
print_outside(const struct known_key *key)
{
	if (is_public(key))
		printf("Programs that keep the JWKS take its tokens until they have fetched it "
		    "again: %d seconds, or longer. If a web server serves what `bearward "
		    "documents` has written, write it again now\n", KEY_TELL_JWKS_KEPT_FOR);
	else
		puts("A program that has the secret takes what is signed with it until you take "
		    "it away there");
}

void
key_tell_of_removed(const struct known_keys *before, const struct known_key *key,
    const char *kid)
{
	char when[WHEN_SIZE];

	printf("removed key %s", kid);
	if (key != NULL)
		printf(" (%s)", key_alg_name(key->alg));
	if (key != NULL && key->state == KEY_PUBLISHED) {
		printf(", which was to sign from %s: no token is refused\n",
		    when_show(key->signs_at, before->now, when));
		return;
	}
	if (key != NULL && key->state == KEY_GONE) {
		puts(": none of its tokens was good any more");
		return;
	}
	printf(": every token that it has signed is refused from now on");
	if (key != NULL && key->state == KEY_RETIRED && key->gone_at != 0)
		printf(", and not only from %s", when_show(key->gone_at, before->now, when));
	putchar('\n');
	if (key != NULL)
		print_outside(key);
}

void
key_tell_who_signs(const struct known_keys *known, const struct known_key *removed)
{
	const struct known_key *signing = known_keys_find_signing(known);
	const bool is_other = removed != NULL && removed->state == KEY_SIGNING;

	if (signing != NULL)
		printf("key %s (%s) signs%s\n", signing->kid, key_alg_name(signing->alg),
		    is_other ? " from now on" : "");
}

/* What is under way, in the order in which it happens. */
static void
print_coming(const struct known_keys *known)
{
	char when[WHEN_SIZE];

	for (size_t i = known->count; i-- > 0;)
		if (known->list[i].state == KEY_PUBLISHED)
			printf("# key %s (%s) signs from %s\n", known->list[i].kid,
			    key_alg_name(known->list[i].alg),
			    when_show(known->list[i].signs_at, known->now, when));
}

/* Who holds a secret that still counts could make tokens, whatever else signs by now. */
static void
print_secrets(const struct ctl *ctl, const struct known_keys *known)
{
	char when[WHEN_SIZE];

	for (size_t i = 0; i < known->count; i++) {
		const struct known_key *key = &known->list[i];

		if (is_public(key) || !has_other_public(known, key) ||
		    (key->state == KEY_GONE && !ctl->config.accept_tutorial_tokens))
			continue;
		printf("# whoever has the secret of key %s (HS256) can make tokens", key->kid);
		if (ctl->config.accept_tutorial_tokens)
			puts(", as long as accept_tutorial_tokens = yes");
		else if (key->gone_at != 0)
			printf(" until %s\n", when_show(key->gone_at, known->now, when));
		else
			putchar('\n');
	}
}

/* What the settings ask for, and no key does. */
static void
print_wanted(struct ctl *ctl, const struct known_keys *known, const struct known_key *signing)
{
	const enum key_alg wanted = manage_choose_alg(&ctl->context);

	if (signing->alg == wanted)
		return;
	for (size_t i = 0; i < known->count; i++)
		if (known->list[i].state == KEY_PUBLISHED && known->list[i].alg == wanted)
			return;
	printf("# signing_alg = %s is for new keys, and the one that signs is of %s: "
	    "`bearward key rotate` makes one\n", key_alg_name(wanted),
	    key_alg_name(signing->alg));
}

void
key_tell_in_use(struct ctl *ctl, const struct known_keys *known)
{
	const struct known_key *signing = known_keys_find_signing(known);

	if (signing == NULL)
		return;
	printf("# the database opens; key %s (%s) signs\n", signing->kid,
	    key_alg_name(signing->alg));
	print_coming(known);
	print_secrets(ctl, known);
	print_wanted(ctl, known, signing);
}

void
key_tell_of_gone(const char *kid, void *unused)
{
	(void)unused;
	printf("removed key %s: no token that it has signed is left\n", kid);
}
