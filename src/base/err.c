/* err: the errors that functions return. */
#include "base/err.h"

static const char *const names[] = {
	[ERR_OK] = "ok",
	[ERR_NOT_FOUND] = "not found",
	[ERR_METHOD] = "method not allowed",
	[ERR_MEDIA_TYPE] = "unsupported media type",
	[ERR_CHARSET] = "unsupported charset",
	[ERR_CODING] = "unsupported content encoding",
	[ERR_BOUNDARY] = "missing boundary",
	[ERR_LENGTH_MISSING] = "missing content length",
	[ERR_TOO_LARGE] = "body too large",
	[ERR_TOO_SLOW] = "body too slow",
	[ERR_BODY] = "wrong content length",
	[ERR_HEADERS] = "repeated header",
	[ERR_FORM] = "malformed form",
	[ERR_MULTIPART] = "malformed multipart form",
	[ERR_PART] = "form field that is no text",
	[ERR_REPEATED] = "repeated parameter",
	[ERR_QUERY] = "secret in query",
	[ERR_JSON] = "malformed JSON",
	[ERR_MISSING] = "missing parameter",
	[ERR_FIELDS] = "invalid member",
	[ERR_GRANT_TYPE] = "unsupported grant type",
	[ERR_SCOPE] = "invalid scope",
	[ERR_CREDENTIALS] = "wrong credentials",
	[ERR_REFRESH_TOKEN] = "invalid refresh token",
	[ERR_UNSUPPORTED_TOKEN] = "unsupported token",
	[ERR_NO_TOKEN] = "no token",
	[ERR_AUTHORIZATION] = "malformed authorization",
	[ERR_TOKEN] = "invalid token",
	[ERR_INACTIVE] = "inactive user",
	[ERR_FORBIDDEN] = "insufficient scope",
	[ERR_NO_CLIENT] = "no client",
	[ERR_CLIENT] = "wrong client",
	[ERR_NO_PARAMETER] = "token parameter missing",
	[ERR_NAME_TAKEN] = "name taken",
	[ERR_REGISTRATION_CLOSED] = "registration closed",
	[ERR_ATTEMPTS] = "too many attempts",
	[ERR_OVERLOADED] = "overloaded",
	[ERR_STORAGE] = "storage failed",
	[ERR_SETUP] = "not ready to start",
	[ERR_MEMORY] = "out of memory",
	[ERR_INTERNAL] = "internal error",
	[ERR_REFUSED] = "refused text",
	[ERR_CONFLICT] = "conflict",
	[ERR_REFERENCED] = "referenced",
	[ERR_NO_USER] = "no such user",
	[ERR_NO_KEY] = "no such key",
};

const char *
err_name(enum err err)
{
	return names[err];
}
