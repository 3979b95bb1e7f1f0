/* basic: finds the credential that a client shows by Basic authentication. */
#include "http/basic.h"

#include <string.h>
#include <strings.h>

enum err
basic_of_request(const struct request *request, struct basic *basic)
{
	static const char scheme[] = "Basic ";
	const size_t scheme_len = sizeof(scheme) - 1;
	int count;
	const char *header = request_find_authorization(request, &count);

	basic_clear(basic);
	if (count > 1)
		return ERR_AUTHORIZATION;
	if (header == NULL || strncasecmp(header, scheme, scheme_len) != 0)
		return ERR_NO_CLIENT;
	/* Two headers, joined by the web server. */
	if (strchr(header, ',') != NULL)
		return ERR_AUTHORIZATION;
	header += scheme_len;
	if (basic_parse(header + strspn(header, " "), basic) != ERR_OK)
		return ERR_CLIENT;
	return *basic->name == '\0' && *basic->secret == '\0' ? ERR_NO_CLIENT : ERR_OK;
}
