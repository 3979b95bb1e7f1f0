/*
 * browser: signs a browser in, finds out whose it is, and signs it out (protocol sections 21, 26).
 *
 * A browser that is signed in has a cookie of 32 random bytes, and a session that has its digest.
 */
#ifndef BEARWARD_ACCOUNT_BROWSER_H
#define BEARWARD_ACCOUNT_BROWSER_H

#include <stdbool.h>
#include <stdint.h>

#include "account/context.h"
#include "base/text.h"
#include "store/sessions.h"
#include "store/users.h"

enum {
	BROWSER_SECRET_LEN = 32,	/* bytes of a cookie, before base64url */
	BROWSER_COOKIE_LEN = 43,	/* its characters: base64url has no padding */
	BROWSER_COOKIE_SIZE = BROWSER_COOKIE_LEN + 1,
	BROWSER_ID_SIZE = BASE64_SIZE(SESSIONS_ID_LEN),
};

/* A browser that is signed in. Ends with browser_clear(). */
struct browser {
	struct user *user;		/* owned, without the hash; NULL: nobody is signed in */
	struct sessions_row *session;	/* owned */
	char id[BROWSER_ID_SIZE];	/* of the session; public */
	int64_t ends_at;		/* when it ends unless it is used again before */
};

/* Whether a use of the session counts against its being left alone. */
enum browser_use { BROWSER_USE_NOTED, BROWSER_USE_NOT_NOTED };

/*
 * Signs a browser in as a user whose password was right: a new session, and the one of the cookie
 * that came (old, or NULL) ends. cookie is the new value, secret; *max_age is for its Max-Age, in
 * seconds, 0 unless it is to be remembered. When this returns ERR_OK the session is on disk.
 * Returns ERR_CREDENTIALS, logged, when the user has been signed out everywhere, disabled or
 * deleted since the password was checked; ERR_STORAGE, ERR_MEMORY or ERR_INTERNAL. Nothing has
 * changed then.
 */
ERR_CHECKED enum err browser_begin(struct context *context, const struct user *user,
    bool is_remembered, const char *old, char cookie[BROWSER_COOKIE_SIZE], long *max_age);

/*
 * Finds out whose a cookie is: browser->user is NULL where nobody is signed in with it, which is
 * so for NULL as well. Returns ERR_STORAGE or ERR_MEMORY; then browser holds nothing.
 */
ERR_CHECKED enum err browser_find(struct context *context, const char *cookie,
    enum browser_use use, struct browser *browser);

/*
 * Sign the browser of a cookie out; the second with everything else that the user was given, as
 * end_all() does. Nothing is wrong where nobody is signed in with it. Return ERR_STORAGE or
 * ERR_MEMORY; then nothing has been changed.
 */
ERR_CHECKED enum err browser_end(struct context *context, const char *cookie);
ERR_CHECKED enum err browser_end_all(struct context *context, const char *cookie);

/* Frees; browser then holds nothing. */
void browser_clear(struct browser *browser);

#endif
