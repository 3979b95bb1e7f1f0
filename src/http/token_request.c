/* token_request: what a form at /revoke and at /introspect is about. */
#include "http/token_request.h"

#include <stddef.h>

enum err
token_request_check_query(const struct request *request)
{
	static const char *const secrets[] = { "token", "client_secret", NULL };

	return request_check_query(request, secrets);
}

enum err
token_request_token(const struct request *request, const char **token)
{
	*token = form_find(&request->form, "token");
	return *token != NULL ? ERR_OK : ERR_NO_PARAMETER;
}
