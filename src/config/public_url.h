/* public_url: the address under which people reach the pages (protocol section 17.1). */
#ifndef BEARWARD_CONFIG_PUBLIC_URL_H
#define BEARWARD_CONFIG_PUBLIC_URL_H

#include "config/config.h"

/*
 * Returns the address without a slash at its end: `public_url`, or else issuer where that is an
 * http or https URL that ends in no slash. Borrowed from the settings; NULL where neither is one.
 */
const char *public_url_get(const struct config *config);

/* Returns what is wrong with `public_url` as it is written, static; NULL for nothing. */
const char *public_url_find_fault(const struct config *config);

#endif
