/* err: everything that can go wrong, and the one table that says what the world is told. */
#include "base/err.h"

enum { RETRY_SECONDS = 2 };

static const struct row {
	const char *name;
	struct err_answer answer;
} rows[] = {
	[ERR_OK] = { "ok", { .status = 200, .text = "OK" } },

	/* The request itself. */
	[ERR_NOT_FOUND] = { "not found", { .status = 404, .text = "Not Found" } },
	[ERR_METHOD] = { "method not allowed", {
		.status = 405, .code = "invalid_request", .text = "Method Not Allowed" } },
	[ERR_MEDIA_TYPE] = { "media type", {
		.status = 415, .code = "invalid_request", .text = "Unsupported media type" } },
	[ERR_LENGTH_MISSING] = { "length missing", {
		.status = 411, .code = "invalid_request", .text = "Content-Length required" } },
	[ERR_TOO_LARGE] = { "body too large", {
		.status = 413, .code = "invalid_request", .text = "Request body too large" } },
	[ERR_TOO_SLOW] = { "body too slow", {
		.status = 408, .code = "invalid_request",
		.text = "Request body did not arrive in time" } },
	[ERR_BODY] = { "body length", {
		.status = 400, .code = "invalid_request",
		.text = "Request body does not match Content-Length" } },
	[ERR_HEADERS] = { "repeated header", {
		.status = 400, .code = "invalid_request", .text = "Malformed request headers" } },
	[ERR_FORM] = { "malformed form", {
		.status = 400, .code = "invalid_request", .text = "Malformed form" } },
	[ERR_REPEATED] = { "repeated parameter", {
		.status = 400, .code = "invalid_request",
		.text = "Parameter given more than once" } },
	[ERR_QUERY] = { "secret in query", {
		.status = 400, .code = "invalid_request",
		.text = "Credentials do not belong in the query string" } },
	[ERR_JSON] = { "malformed JSON", { .status = 422, .text = "Malformed JSON" } },
	[ERR_MISSING] = { "missing parameter", {
		.status = 422, .code = "invalid_request", .text = "Required parameter missing" } },
	[ERR_FIELDS] = { "unacceptable member", {
		.status = 422, .text = "Unacceptable value" } },

	/* Granting: RFC 6749, section 5.2. */
	[ERR_GRANT_TYPE] = { "grant type", {
		.status = 400, .code = "unsupported_grant_type",
		.text = "Unsupported grant type" } },
	[ERR_SCOPE] = { "scope", {
		.status = 400, .code = "invalid_scope", .text = "Invalid scope" } },
	[ERR_CREDENTIALS] = { "wrong credentials", {
		.status = 401, .code = "invalid_grant", .text = "Incorrect username or password",
		.challenge = CHALLENGE_ON_401 } },

	/* Showing a token: RFC 6750, section 3.1. */
	[ERR_NO_TOKEN] = { "no token", {
		.status = 401, .text = "Not authenticated", .challenge = CHALLENGE_ON_401 } },
	[ERR_AUTHORIZATION] = { "malformed authorization", {
		.status = 400, .text = "Malformed authorization", .challenge = CHALLENGE_ERROR,
		.bearer_error = "invalid_request",
		.bearer_text = "More than one credential was presented" } },
	[ERR_TOKEN] = { "invalid token", {
		.status = 401, .text = "Could not validate credentials",
		.challenge = CHALLENGE_ERROR, .bearer_error = "invalid_token",
		.bearer_text = "The access token is invalid" } },
	[ERR_INACTIVE] = { "inactive user", {
		.status = 401, .text = "Inactive user", .challenge = CHALLENGE_ERROR,
		.bearer_error = "invalid_token", .bearer_text = "The user is inactive" } },
	[ERR_FORBIDDEN] = { "insufficient scope", {
		.status = 403, .text = "Not enough permissions",
		.challenge = CHALLENGE_ERROR_SCOPE, .bearer_error = "insufficient_scope",
		.bearer_text = "The access token lacks a scope" } },

	/* Registering. */
	[ERR_NAME_TAKEN] = { "name taken", {
		.status = 409, .text = "Username already registered" } },
	[ERR_REGISTRATION_CLOSED] = { "registration closed", {
		.status = 403, .text = "Registration is closed" } },

	/* Not now. */
	[ERR_ATTEMPTS] = { "too many attempts", {
		.status = 429, .code = "temporarily_unavailable", .text = "Too many attempts",
		.retry_after = RETRY_SECONDS } },
	[ERR_OVERLOADED] = { "overloaded", {
		.status = 503, .code = "temporarily_unavailable",
		.text = "Service temporarily unavailable", .retry_after = RETRY_SECONDS } },
	[ERR_STORAGE] = { "storage", {
		.status = 503, .code = "temporarily_unavailable",
		.text = "Service temporarily unavailable", .retry_after = RETRY_SECONDS } },
	/* What is not set up right answers like a service that is down. */
	[ERR_SETUP] = { "not ready to start", {
		.status = 503, .code = "temporarily_unavailable",
		.text = "Service temporarily unavailable", .retry_after = RETRY_SECONDS } },

	/* Defects; the last two never get this far. */
	[ERR_INTERNAL] = { "internal error", {
		.status = 500, .code = "server_error", .text = "Internal server error" } },
	[ERR_REFUSED] = { "refused text", {
		.status = 500, .code = "server_error", .text = "Internal server error" } },
	[ERR_NO_USER] = { "no such user", {
		.status = 500, .code = "server_error", .text = "Internal server error" } },
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

struct err_answer
err_answer_to_gateway(enum err err, const struct dialect *dialect)
{
	struct err_answer answer = err_answer(err, dialect);

	if (answer.status == 400)
		answer.status = 401;
	if (answer.status != 401 && answer.status != 403)
		return rows[ERR_STORAGE].answer;
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
