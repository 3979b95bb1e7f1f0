/* origins: a list of web origins, separated by single spaces, or "*" for any. */
#include "text/origins.h"

#include <stdlib.h>
#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

/* A host has 253 characters at most, and a scheme and a port have few. */
enum { ORIGIN_LEN_MAX = 300, PORT_MAX = 65535 };

static bool
is_equal(const char *text, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(text, word, len) == 0;
}

/* What stands behind the host; it is "" or begins with ':'. */
static const char *
find_fault_in_port(const char *scheme, size_t scheme_len, const char *port)
{
	const char *known = is_equal(scheme, scheme_len, "https") ? "443" :
	    is_equal(scheme, scheme_len, "http") ? "80" : "";

	if (*port == '\0')
		return NULL;
	port++;
	if (*port < '1' || *port > '9' || strlen(port) > 5 ||
	    strspn(port, DIGITS) != strlen(port) || strtol(port, NULL, 10) > PORT_MAX)
		return "has an origin whose port is not a number from 1 to 65535";
	if (strcmp(port, known) == 0)
		return "names the usual port of an origin, which browsers leave out: write "
		       "https://app.example.org";
	return NULL;
}

/* The length of a name, an IPv4 address, or an IPv6 address in brackets; 0: it is none of them. */
static size_t
host_len(const char *host)
{
	size_t len;

	if (*host != '[')
		return strspn(host, LETTERS DIGITS "-._");
	len = 1 + strspn(host + 1, "abcdef" DIGITS ":.");
	return host[len] == ']' ? len + 1 : 0;
}

static const char *
find_fault_in_origin(const char *origin)
{
	const char *host = strstr(origin, "://");
	const size_t scheme_len = host == NULL ? 0 : (size_t)(host - origin);
	size_t len;

	if (strpbrk(origin, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != NULL)
		return "has an origin with capital letters, and browsers send small ones: write "
		       "https://app.example.org";
	if (scheme_len == 0 || strspn(origin, LETTERS DIGITS "+-.") != scheme_len)
		return "has an origin without a scheme: write https://app.example.org";
	host += 3;
	if (strpbrk(host, "*") != NULL)
		return "has a pattern: name each origin, or write * alone for any";
	if ((len = strcspn(host, "/?#")) == strlen(host) - 1 && host[len] == '/')
		return "has an origin that ends in a slash: write https://app.example.org";
	if (len != strlen(host))
		return "has an origin with a path: write https://app.example.org";
	if ((len = host_len(host)) == 0 || (host[len] != '\0' && host[len] != ':'))
		return "has an origin that is none: write https://app.example.org, or "
		       "http://localhost:3000";
	return find_fault_in_port(origin, scheme_len, host + len);
}

const char *
origins_find_fault(const char *list)
{
	char origin[ORIGIN_LEN_MAX + 1];
	size_t len;

	if (*list == '\0' || origins_are_any(list))
		return NULL;
	if (strpbrk(list, ",;") != NULL)
		return "is a list of origins that are separated by single spaces";
	for (const char *rest = list;; rest += len + 1) {
		const char *fault;

		len = strcspn(rest, " ");
		if (len == 0)
			return "is a list of origins that are separated by single spaces";
		if (len == 1 && *rest == '*')
			return "is * alone, or a list of origins";
		if (len > ORIGIN_LEN_MAX)
			return "has an origin of more than 300 characters";
		memcpy(origin, rest, len);
		origin[len] = '\0';
		if ((fault = find_fault_in_origin(origin)) != NULL)
			return fault;
		if (rest[len] == '\0')
			return NULL;
	}
}

bool
origins_are_any(const char *list)
{
	return strcmp(list, "*") == 0;
}

const char *
origins_find(const char *list, const char *origin, size_t *len)
{
	for (; *list != '\0'; list += *len + (list[*len] == ' ')) {
		*len = strcspn(list, " ");
		if (is_equal(list, *len, origin))
			return list;
	}
	return NULL;
}
