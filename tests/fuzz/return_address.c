/*
 * return_address: origins and an address, a line each. What is followed is on our own host, or on
 * that of an origin, as the URL Standard reads it, by which browsers skip tabs and line ends,
 * strip spaces, and take a backslash for a slash.
 */
#include "fuzz.h"

#include "http/return_address.h"

/* Reads an address as a browser on a page of ours does, and writes the host it leads to, or "". */
static void
read_as_browser(const char *address, char *host)
{
	char *text = strdup(address), *end = text, *c = text;
	size_t scheme;

	assert(text != NULL);
	while (*address != '\0' && (unsigned char)*address <= 0x20)
		address++;
	for (; *address != '\0'; address++)
		if (strchr("\t\r\n", *address) == NULL)
			*end++ = *address == '\\' ? '/' : *address;
	while (end > text && (unsigned char)end[-1] <= 0x20)
		end--;
	*end = '\0';
	*host = '\0';
	scheme = strspn(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.");
	/* Any number of slashes may stand between a scheme and its host. */
	if (c[scheme] == ':')
		c += scheme + 1 + strspn(c + scheme + 1, "/");
	else if (strncmp(c, "//", 2) == 0)
		c += strspn(c, "/");
	else
		c = end;
	c[strcspn(c, "/?#")] = '\0';
	strcpy(host, c);
	free(text);
}

static bool
is_host_of(const char *host, const char *origins)
{
	char *copy = strdup(origins), *rest = copy, *origin;
	bool found = false;

	assert(copy != NULL);
	while ((origin = strsep(&rest, " ")) != NULL) {
		char *expected = malloc(strlen(origin) + 1);

		assert(expected != NULL);
		read_as_browser(origin, expected);
		found = found || (*host != '\0' && strcmp(host, expected) == 0);
		free(expected);
	}
	free(copy);
	return found;
}

/* As origins_find_fault() leaves them: whatever else, there is a host and nothing behind it. */
static bool
are_origins(const char *origins)
{
	char *copy = strdup(origins), *rest = copy, *origin;
	bool are = true;

	assert(copy != NULL);
	while (are && *origins != '\0' && (origin = strsep(&rest, " ")) != NULL) {
		const char *host = strstr(origin, "://");

		are = host != NULL && host > origin && host[3] != '\0' &&
		    strspn(origin, "abcdefghijklmnopqrstuvwxyz0123456789+-.") ==
		    (size_t)(host - origin) && strspn(host + 3,
		    "abcdefghijklmnopqrstuvwxyz0123456789-._:[]") == strlen(host + 3);
	}
	free(copy);
	return are;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *rest = text, *host = malloc(size + 1);
	const char *origins = strsep(&rest, "\n"), *address = rest == NULL ? "" : rest;

	assert(host != NULL);
	if (are_origins(origins) && return_address_is_allowed(address, origins)) {
		assert(*address != '\0' && strlen(address) <= RETURN_ADDRESS_LEN_MAX);
		for (const char *c = address; *c != '\0'; c++)
			assert((unsigned char)*c > 0x20 && *c != 0x7f && *c != '\\');
		read_as_browser(address, host);
		assert(*host == '\0' ? *address == '/' : is_host_of(host, origins));
	}
	free(host);
	free(text);
	return 0;
}
