/*
 * identity: whom a request speaks for, by a bearer token or by the cookie of a browser, and
 * whether that is who may open a guarded page (protocol sections 11 and 24).
 */
#ifndef BEARWARD_ACCOUNT_IDENTITY_H
#define BEARWARD_ACCOUNT_IDENTITY_H

#include <stdint.h>

#include "account/browser.h"
#include "account/context.h"
#include "base/text.h"
#include "store/users.h"
#include "text/scope.h"
#include "token/token.h"

/* What it takes to open a guarded page; borrowed, "" and 0 for no requirement. */
struct requirements {
	const char *scope;		/* a list, of which it needs every one */
	const char *audience;
	const char *group;		/* a list; the user must be in every one */
	long age;			/* seconds at most since the user signed in */
};

enum { IDENTITY_SESSION_SIZE = BROWSER_ID_SIZE };
_Static_assert((int)IDENTITY_SESSION_SIZE == BASE64_SIZE(TOKEN_ID_LEN), "ids of both are alike");

/* What the web server is told about who asks. Ends with identity_clear(). */
struct identity {
	const char *subject;		/* the texts are borrowed from what is owned below */
	const char *username;		/* never empty */
	const char *client_id;		/* "browser" for a cookie, "" for a tutorial token */
	const char *scope;		/* "" for none */
	const char *groups;		/* "" for none, or where the database was not asked */
	const char *email;		/* "" unless it is known to be the user's */
	char session[IDENTITY_SESSION_SIZE];	/* public id of the session or the grant; "" */
	int64_t auth_at;		/* when the user signed in; 0: not known */
	int64_t expires_at;		/* seconds since 1970 */
	struct token token;		/* owned; holds nothing for a cookie */
	struct user *user;		/* owned; NULL: the database was not asked */
	char scope_left[SCOPE_LEN_MAX + 1];	/* what the user may have now */
	char subject_id[sizeof("-9223372036854775808")];
};

/* Makes an identity that of a stored user, who is taken; NULL: there is none. */
void identity_take_user(struct identity *identity, struct user *user);

/*
 * Tells whose the cookie of a browser is, by what is stored now. A cookie is good for the
 * configured audience, and its scope is all that the user may have. Returns ERR_NO_TOKEN when
 * nobody is signed in with it, and for NULL; what identity_check() does, and then identity still
 * tells who is signed in; ERR_STORAGE or ERR_MEMORY. identity ends with identity_clear(), whatever
 * comes back.
 */
ERR_CHECKED enum err identity_of_browser(struct context *context, const char *cookie,
    enum browser_use use, const struct requirements *requirements, struct identity *identity);

/*
 * Checks that an identity has what it takes: ERR_FORBIDDEN when it lacks a scope; ERR_GROUP when
 * its user is not in a group; ERR_STALE when the user signed in too long ago or nobody knows when,
 * and the context then has the age that is needed.
 */
ERR_CHECKED enum err identity_check(struct context *context, const struct identity *identity,
    const struct requirements *requirements);

/* Frees what the identity owns; it then holds nothing. */
void identity_clear(struct identity *identity);

#endif
