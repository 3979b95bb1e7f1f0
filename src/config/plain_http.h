/*
 * plain_http: whether browsers can be signed in at the address of the settings (protocol section
 * 21.2).
 */
#ifndef BEARWARD_CONFIG_PLAIN_HTTP_H
#define BEARWARD_CONFIG_PLAIN_HTTP_H

#include "config/config.h"

/*
 * Returns why browsers would drop the cookie that they get, and what to do about it, static; or
 * NULL. They do so where issuer is a plain http address of a host other than their own, unless
 * `insecure_cookie = yes`. An issuer that is no address tells nothing.
 */
const char *plain_http_find_fault(const struct config *config);

/* Returns what `insecure_cookie = yes` risks, static; or NULL where it is not set. */
const char *plain_http_find_risk(const struct config *config);

#endif
