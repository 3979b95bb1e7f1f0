/*
 * navigation: tells what a browser asks because a person wants it from what programs and other
 * sites' pages make it ask (protocol sections 22 and 24.3).
 *
 * It reads what browsers say of a request by themselves: no page can change these headers. A
 * program that is no browser can write what it likes, but has nobody's cookie.
 */
#ifndef BEARWARD_HTTP_NAVIGATION_H
#define BEARWARD_HTTP_NAVIGATION_H

#include <stdbool.h>

#include "http/wire.h"

/*
 * Returns the method of the request as the browser sent it, borrowed, or "": where a web server
 * asks about it, or answers its error with a document of ours, REQUEST_METHOD may be another.
 * ASKED_METHOD is what a web server says it was that can put it nowhere else.
 */
const char *navigation_method(const struct wire *wire);

/* Returns true when that is GET or HEAD, which change nothing. */
bool navigation_only_reads(const struct wire *wire);

/* Returns how the browser came here, static: "https" or "http". */
const char *navigation_scheme(const struct wire *wire);

/*
 * Returns true when a person opens a page, and a redirect to a form would be of use: a GET or HEAD
 * that a browser calls the navigation of a document, or of nothing in particular that takes HTML,
 * which is what the service worker of an application passes on (a download takes none); from one
 * that does not say what it is, that takes HTML and is neither a script's nor the upgrade to
 * another protocol.
 */
bool navigation_is_persons(const struct wire *wire);

/*
 * Returns true when a request that may change something is no other site's doing: the browser says
 * that a page of ours or the person made it; or, where it does not say that, no Origin came, or
 * the one where our own pages are. Ours are the scheme and Host of the request, and the origin of
 * the URL own: the setting issuer, for an endpoint of ours; "" for another application's.
 */
bool navigation_is_same_origin(const struct wire *wire, const char *own);

/* Returns true when HTML will be shown to a person: Accept names it, and no script asks. */
bool navigation_takes_html(const struct wire *wire);

/*
 * Returns true when a page of this host led here whose path ends with path, with or without a
 * slash behind it. A browser keeps the Referer along all redirects.
 */
bool navigation_came_from(const struct wire *wire, const char *path);

#endif
