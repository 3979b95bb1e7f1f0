/* public_url: the address under which people reach the pages. */
#include "config/public_url.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* scheme://host[:port][/prefix], in what needs no escaping anywhere. */
static bool
is_url(const char *text)
{
	static const char host[] = "abcdefghijklmnopqrstuvwxyz0123456789-.:[]";
	static const char path[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789-._~/%";
	size_t len;

	if (strncmp(text, "https://", 8) == 0)
		text += 8;
	else if (strncmp(text, "http://", 7) == 0)
		text += 7;
	else
		return false;
	if ((len = strspn(text, host)) == 0)
		return false;
	text += len;
	if (*text == '\0')
		return true;
	len = strspn(text, path);
	return *text == '/' && text[len] == '\0' && text[len - 1] != '/';
}

const char *
public_url_get(const struct config *config)
{
	if (*config->public_url != '\0')
		return config->public_url;
	return is_url(config->issuer) ? config->issuer : NULL;
}

const char *
public_url_find_fault(const struct config *config)
{
	if (*config->public_url == '\0' || is_url(config->public_url))
		return NULL;
	return "is no address of a site; write it as https://www.example.org, without a slash at "
	       "its end";
}
