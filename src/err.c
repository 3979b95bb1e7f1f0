/* err: everything that can go wrong, and the one table that says what the world is told. */
#include "err.h"

#define INVALID_TOKEN CHALLENGE_ERROR, "invalid_token"
#define RETRY_SECONDS 2

struct row {
	const char *name;
	struct err_answer answer;
};

static const struct row rows[] = {
	[ERR_OK] = { "ok", { 200, NULL, "OK", 0, NULL, NULL, 0 } },

	[ERR_NOT_FOUND] = { "not found", { 404, NULL, "Not Found", 0, NULL, NULL, 0 } },
	[ERR_METHOD] = { "method not allowed",
	    { 405, "invalid_request", "Method Not Allowed", 0, NULL, NULL, 0 } },
	[ERR_MEDIA_TYPE] = { "media type",
	    { 415, "invalid_request", "Unsupported media type", 0, NULL, NULL, 0 } },
	[ERR_LENGTH_MISSING] = { "length missing",
	    { 411, "invalid_request", "Content-Length required", 0, NULL, NULL, 0 } },
	[ERR_TOO_LARGE] = { "body too large",
	    { 413, "invalid_request", "Request body too large", 0, NULL, NULL, 0 } },
	[ERR_TOO_SLOW] = { "body too slow",
	    { 408, "invalid_request", "Request body did not arrive in time", 0, NULL, NULL, 0 } },
	[ERR_BODY] = { "body length",
	    { 400, "invalid_request", "Request body does not match Content-Length",
	      0, NULL, NULL, 0 } },
	[ERR_HEADERS] = { "repeated header",
	    { 400, "invalid_request", "Malformed request headers", 0, NULL, NULL, 0 } },
	[ERR_FORM] = { "malformed form",
	    { 400, "invalid_request", "Malformed form", 0, NULL, NULL, 0 } },
	[ERR_REPEATED] = { "repeated parameter",
	    { 400, "invalid_request", "Parameter given more than once", 0, NULL, NULL, 0 } },
	[ERR_QUERY] = { "secret in query",
	    { 400, "invalid_request", "Credentials do not belong in the query string",
	      0, NULL, NULL, 0 } },
	[ERR_JSON] = { "malformed JSON", { 422, NULL, "Malformed JSON", 0, NULL, NULL, 0 } },
	[ERR_MISSING] = { "missing parameter",
	    { 422, "invalid_request", "Required parameter missing", 0, NULL, NULL, 0 } },
	[ERR_FIELDS] = { "unacceptable member",
	    { 422, NULL, "Unacceptable value", 0, NULL, NULL, 0 } },

	[ERR_GRANT_TYPE] = { "grant type",
	    { 400, "unsupported_grant_type", "Unsupported grant type", 0, NULL, NULL, 0 } },
	[ERR_SCOPE] = { "scope", { 400, "invalid_scope", "Invalid scope", 0, NULL, NULL, 0 } },
	[ERR_CREDENTIALS] = { "wrong credentials",
	    { 401, "invalid_grant", "Incorrect username or password",
	      CHALLENGE_ON_401, NULL, NULL, 0 } },

	[ERR_NO_TOKEN] = { "no token",
	    { 401, NULL, "Not authenticated", CHALLENGE_ON_401, NULL, NULL, 0 } },
	[ERR_AUTHORIZATION] = { "malformed authorization",
	    { 400, NULL, "Malformed authorization", CHALLENGE_ERROR, "invalid_request",
	      "More than one credential was presented", 0 } },
	[ERR_TOKEN] = { "invalid token",
	    { 401, NULL, "Could not validate credentials", INVALID_TOKEN,
	      "The access token is invalid", 0 } },
	[ERR_INACTIVE] = { "inactive user",
	    { 401, NULL, "Inactive user", INVALID_TOKEN, "The user is inactive", 0 } },
	[ERR_FORBIDDEN] = { "insufficient scope",
	    { 403, NULL, "Not enough permissions", CHALLENGE_ERROR, "insufficient_scope",
	      "The access token lacks a scope", 0 } },

	[ERR_NAME_TAKEN] = { "name taken",
	    { 409, NULL, "Username already registered", 0, NULL, NULL, 0 } },
	[ERR_REGISTRATION_CLOSED] = { "registration closed",
	    { 403, NULL, "Registration is closed", 0, NULL, NULL, 0 } },

	[ERR_ATTEMPTS] = { "too many attempts",
	    { 429, "temporarily_unavailable", "Too many attempts", 0, NULL, NULL,
	      RETRY_SECONDS } },
	[ERR_OVERLOADED] = { "overloaded",
	    { 503, "temporarily_unavailable", "Service temporarily unavailable", 0, NULL, NULL,
	      RETRY_SECONDS } },
	[ERR_STORAGE] = { "storage",
	    { 503, "temporarily_unavailable", "Service temporarily unavailable", 0, NULL, NULL,
	      RETRY_SECONDS } },
	[ERR_INTERNAL] = { "internal error",
	    { 500, "server_error", "Internal server error", 0, NULL, NULL, 0 } },
	[ERR_REFUSED] = { "refused text",
	    { 500, "server_error", "Internal server error", 0, NULL, NULL, 0 } },
	/* A CGI process that cannot start answers like a service that is down. */
	[ERR_SETUP] = { "not ready to start",
	    { 503, "temporarily_unavailable", "Service temporarily unavailable", 0, NULL, NULL,
	      RETRY_SECONDS } },
};

struct err_answer
err_answer(enum err err, const struct dialect *dialect)
{
	struct err_answer answer = rows[err].answer;

	if (err == ERR_CREDENTIALS)
		answer.status = dialect->wrong_credentials;
	if (err == ERR_MISSING)
		answer.status = dialect->missing_parameter;
	if (err == ERR_JSON)
		answer.status = dialect->malformed_json;
	return answer;
}

const char *
err_name(enum err err)
{
	return rows[err].name;
}

enum err
faults_add(struct faults *faults, const char *type, const char *field, const char *message)
{
	if (faults->count < FAULTS_MAX)
		faults->list[faults->count++] = (struct fault){ type, field, message };
	return ERR_FIELDS;
}
