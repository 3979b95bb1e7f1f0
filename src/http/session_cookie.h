/*
 * session_cookie: the cookie of a signed-in browser, and one beside it that only shows whether the
 * browser keeps any (protocol section 21).
 */
#ifndef BEARWARD_HTTP_SESSION_COOKIE_H
#define BEARWARD_HTTP_SESSION_COOKIE_H

#include <stdbool.h>

#include "account/browser.h"
#include "base/err.h"
#include "http/reply.h"
#include "http/wire.h"

/* Finds the cookie of the session; false, with cookie empty, where there is none. */
bool session_cookie_find(const struct wire *wire, const struct config *config,
    char cookie[BROWSER_COOKIE_SIZE]);

/*
 * Add a Set-Cookie header to a reply: for a session, which a max_age of 0 lets end with the
 * browser; or that deletes it. Return as reply_cookie() does.
 */
ERR_CHECKED enum err session_cookie_set(struct reply *reply, const char *cookie, long max_age);
ERR_CHECKED enum err session_cookie_delete(struct reply *reply);

/*
 * Tells whether the browser has sent back what session_cookie_probe() once gave it: it keeps
 * cookies of ours. Such a cookie says nothing of anybody, and is the same for all.
 */
bool session_cookie_was_kept(const struct wire *wire, const struct config *config);
ERR_CHECKED enum err session_cookie_probe(struct reply *reply);

/*
 * Returns how often in a row, within a few seconds each, this browser was led on though it was
 * signed in; session_cookie_note_led() notes it, by a cookie that is soon gone. At most
 * SESSION_COOKIE_LED_MAX.
 */
enum { SESSION_COOKIE_LED_MAX = 3 };

int session_cookie_count_led(const struct wire *wire, const struct config *config);
ERR_CHECKED enum err session_cookie_note_led(struct reply *reply, int count);

#endif
