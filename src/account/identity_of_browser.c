/* identity_of_browser: tells whose the cookie of a browser is. */
#include "account/identity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What the user was given comes after what everybody may have, as far as there is room. */
static void
list_scope(const struct config *config, const struct user *user, char scope[SCOPE_LEN_MAX + 1])
{
	char given[SCOPE_LEN_MAX + 1], *rest = given, *token;

	snprintf(scope, SCOPE_LEN_MAX + 1, "%s", config->scopes);
	snprintf(given, sizeof(given), "%s", user->scope);
	while ((token = strsep(&rest, " ")) != NULL)
		if (*token != '\0' && !scope_has(scope, token))
			(void)!scope_append(scope, token);
}

/* Fills in what is told of a browser, whose user becomes the identity's. */
static void
take(const struct config *config, struct browser *browser, struct identity *identity)
{
	const struct user *user = browser->user;

	identity_take_user(identity, browser->user);
	browser->user = NULL;
	snprintf(identity->subject_id, sizeof(identity->subject_id), "%" PRId64, user->id);
	list_scope(config, user, identity->scope_left);
	identity->subject = config->dialect->sub_is_username ? user->username
							     : identity->subject_id;
	identity->client_id = "browser";
	identity->scope = identity->scope_left;
	memcpy(identity->session, browser->id, sizeof(identity->session));
	identity->auth_at = browser->session->auth_at;
	identity->expires_at = browser->ends_at;
}

enum err
identity_of_browser(struct context *context, const char *cookie, enum browser_use use,
    const struct requirements *requirements, struct identity *identity)
{
	const struct config *config = context->service->config;
	struct browser browser;		/* owned */
	enum err err;

	*identity = (struct identity){0};
	if ((err = browser_find(context, cookie, use, &browser)) != ERR_OK)
		return err;
	if (browser.user == NULL)
		return ERR_NO_TOKEN;
	take(config, &browser, identity);
	browser_clear(&browser);
	/* Nobody is called nothing, and an application may take it for "not signed in". */
	if (*identity->username == '\0')
		return ERR_GROUP;
	if (*requirements->audience != '\0' &&
	    strcmp(requirements->audience, config->audience) != 0)
		return ERR_GROUP;
	return identity_check(context, identity, requirements);
}
