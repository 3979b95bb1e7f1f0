/*
 * return_address: decides where a person may be led back to (protocol section 23.4).
 *
 * Anybody can write a link to our form with an address in it, and who signs in trusts the page
 * that comes next. So an address is taken as it came or not at all, and nothing that some browser
 * could read as another host passes: it is never mended.
 */
#ifndef BEARWARD_HTTP_RETURN_ADDRESS_H
#define BEARWARD_HTTP_RETURN_ADDRESS_H

#include <stdbool.h>

enum { RETURN_ADDRESS_LEN_MAX = 2048 };

/*
 * Returns true when address, which was decoded once, is a path of our own host, or begins with one
 * of origins, separated by single spaces (the setting return_origins), which a slash or nothing
 * follows; and is not too long, and has neither a space, a control character nor a backslash.
 */
bool return_address_is_allowed(const char *address, const char *origins);

#endif
