/* return_address: decides where a person may be led back to. */
#include "http/return_address.h"

#include <stddef.h>
#include <string.h>

/* Browsers skip tabs and line ends in an address, and read a backslash as a slash. */
static bool
is_plain(const char *address)
{
	size_t len = 0;

	for (; address[len] != '\0'; len++) {
		const unsigned char c = (unsigned char)address[len];

		if (len == RETURN_ADDRESS_LEN_MAX || c < 0x21 || c == 0x7f || c == '\\')
			return false;
	}
	return true;
}

/* Two slashes, and a host follows. */
static bool
is_path(const char *address)
{
	return address[0] == '/' && address[1] != '/';
}

static bool
is_of_origins(const char *address, const char *origins)
{
	size_t len;

	for (const char *origin = origins; *origin != '\0'; origin += len + (origin[len] == ' ')) {
		len = strcspn(origin, " ");
		if (len > 0 && strncmp(address, origin, len) == 0 &&
		    (address[len] == '\0' || address[len] == '/'))
			return true;
	}
	return false;
}

bool
return_address_is_allowed(const char *address, const char *origins)
{
	return is_plain(address) && (is_path(address) || is_of_origins(address, origins));
}
