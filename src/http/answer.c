/* answer: the one table that says what a client is told about each error. */
#include "http/answer.h"

enum { RETRY_SECONDS = 2 };

static const struct answer answers[] = {
	[ERR_OK] = { .status = 200, .text = "OK" },

	/* The request itself. */
	[ERR_NOT_FOUND] = { .status = 404, .text = "Not Found" },
	[ERR_METHOD] = {
		.status = 405, .code = "invalid_request", .text = "Method Not Allowed" },
	[ERR_MEDIA_TYPE] = {
		.status = 415, .code = "invalid_request", .text = "Send", .after_media = "" },
	[ERR_CHARSET] = {
		.status = 415, .code = "invalid_request", .text = "Send",
		.after_media = " in UTF-8" },
	[ERR_CODING] = {
		.status = 415, .code = "invalid_request", .text = "Send",
		.after_media = " without Content-Encoding" },
	[ERR_BOUNDARY] = {
		.status = 400, .code = "invalid_request",
		.text = "There is no usable boundary: let the HTTP library set Content-Type" },
	[ERR_LENGTH_MISSING] = {
		.status = 411, .code = "invalid_request", .text = "Content-Length required" },
	[ERR_TOO_LARGE] = {
		.status = 413, .code = "invalid_request", .text = "Request body too large" },
	[ERR_TOO_SLOW] = {
		.status = 408, .code = "invalid_request",
		.text = "Request body did not arrive in time" },
	[ERR_BODY] = {
		.status = 400, .code = "invalid_request",
		.text = "Request body does not match Content-Length" },
	[ERR_HEADERS] = {
		.status = 400, .code = "invalid_request", .text = "Malformed request headers" },
	[ERR_FORM] = {
		.status = 400, .code = "invalid_request", .text = "Malformed form" },
	[ERR_MULTIPART] = {
		.status = 400, .code = "invalid_request", .text = "Malformed multipart form" },
	[ERR_PART] = {
		.status = 400, .code = "invalid_request",
		.text = "Send form fields as text in UTF-8, and no files" },
	[ERR_REPEATED] = {
		.status = 400, .code = "invalid_request",
		.text = "Parameter given more than once" },
	[ERR_QUERY] = {
		.status = 400, .code = "invalid_request",
		.text = "Credentials do not belong in the query string" },
	[ERR_JSON] = { .status = 422, .text = "Malformed JSON" },
	[ERR_MISSING] = {
		.status = 422, .code = "invalid_request", .text = "Required parameter missing" },
	[ERR_FIELDS] = {
		.status = 422, .text = "Unacceptable value" },

	/* Granting: RFC 6749, section 5.2. */
	[ERR_GRANT_TYPE] = {
		.status = 400, .code = "unsupported_grant_type",
		.text = "Unsupported grant type" },
	[ERR_SCOPE] = {
		.status = 400, .code = "invalid_scope", .text = "Invalid scope" },
	[ERR_CREDENTIALS] = {
		.status = 401, .code = "invalid_grant", .text = "Incorrect username or password",
		.challenge = CHALLENGE_ON_401 },
	[ERR_REFRESH_TOKEN] = {
		.status = 400, .code = "invalid_grant", .text = "Invalid refresh token" },
	/* RFC 7009, section 2.2.1. */
	[ERR_UNSUPPORTED_TOKEN] = {
		.status = 400, .code = "unsupported_token_type",
		.text = "This kind of token ends with its expiry only" },

	/* Showing a token: RFC 6750, section 3.1. */
	[ERR_NO_TOKEN] = {
		.status = 401, .text = "Not authenticated", .challenge = CHALLENGE_ON_401 },
	[ERR_AUTHORIZATION] = {
		.status = 400, .text = "Malformed authorization", .challenge = CHALLENGE_ERROR,
		.bearer_error = "invalid_request",
		.bearer_text = "More than one credential was presented" },
	[ERR_TOKEN] = {
		.status = 401, .text = "Could not validate credentials",
		.challenge = CHALLENGE_ERROR, .bearer_error = "invalid_token",
		.bearer_text = "The access token is invalid" },
	[ERR_INACTIVE] = {
		.status = 401, .text = "Inactive user", .challenge = CHALLENGE_ERROR,
		.bearer_error = "invalid_token", .bearer_text = "The user is inactive" },
	[ERR_FORBIDDEN] = {
		.status = 403, .text = "Not enough permissions",
		.challenge = CHALLENGE_ERROR_SCOPE, .bearer_error = "insufficient_scope",
		.bearer_text = "The access token lacks a scope" },

	/* Where a web server asks; of the age of a sign-in: RFC 9470, section 3. */
	[ERR_GROUP] = { .status = 403, .text = "Not enough permissions" },
	[ERR_STALE] = {
		.status = 401, .text = "Sign in again", .challenge = CHALLENGE_ERROR_AGE,
		.bearer_error = "insufficient_user_authentication",
		.bearer_text = "More recent authentication is required" },
	[ERR_CROSS_SITE] = { .status = 403, .text = "Cross-site request refused" },

	/* A service that shows its own credential: RFC 6749, section 5.2. */
	[ERR_NO_CLIENT] = {
		.status = 401, .code = "invalid_client", .text = "Not authenticated",
		.challenge = CHALLENGE_BASIC_OR_BEARER },
	[ERR_CLIENT] = {
		.status = 401, .code = "invalid_client", .text = "Client authentication failed",
		.challenge = CHALLENGE_BASIC },
	[ERR_NO_PARAMETER] = {
		.status = 400, .code = "invalid_request",
		.text = "The parameter token is missing" },

	/* Registering. */
	[ERR_NAME_TAKEN] = {
		.status = 409, .text = "Username already registered" },
	[ERR_REGISTRATION_CLOSED] = {
		.status = 403, .text = "Registration is closed" },
	[ERR_INVITATION_ONLY] = {
		.status = 403, .text = "Registration is by invitation" },

	/* The own account. */
	[ERR_WRONG_PASSWORD] = { .status = 403, .text = "Incorrect password" },
	[ERR_LINK] = { .status = 410, .text = "This link is no longer valid" },
	[ERR_NO_SESSION] = { .status = 404, .text = "No such session" },
	[ERR_IN_USE] = {
		.status = 409, .text = "Other data of this site refers to this user; ask whoever "
			"runs it" },

	/* Not now. */
	[ERR_ATTEMPTS] = {
		.status = 429, .code = "temporarily_unavailable", .text = "Too many attempts",
		.retry_after = RETRY_SECONDS },
	[ERR_OVERLOADED] = {
		.status = 503, .code = "temporarily_unavailable",
		.text = "Service temporarily unavailable", .retry_after = RETRY_SECONDS },
	[ERR_STORAGE] = {
		.status = 503, .code = "temporarily_unavailable",
		.text = "Service temporarily unavailable", .retry_after = RETRY_SECONDS },
	[ERR_MEMORY] = {
		.status = 503, .code = "temporarily_unavailable",
		.text = "Service temporarily unavailable", .retry_after = RETRY_SECONDS },
	/* What is not set up right answers like a service that is down. */
	[ERR_SETUP] = {
		.status = 503, .code = "temporarily_unavailable",
		.text = "Service temporarily unavailable", .retry_after = RETRY_SECONDS },

	/* An application's own index, on a table that was taken over, allows nobody more. */
	[ERR_CONFLICT] = {
		.status = 503, .code = "temporarily_unavailable",
		.text = "Service temporarily unavailable", .retry_after = RETRY_SECONDS },

	/* Defects; the last four never get this far. */
	[ERR_INTERNAL] = {
		.status = 500, .code = "server_error", .text = "Internal server error" },
	[ERR_REFUSED] = {
		.status = 500, .code = "server_error", .text = "Internal server error" },
	[ERR_REFERENCED] = {
		.status = 500, .code = "server_error", .text = "Internal server error" },
	[ERR_NO_USER] = {
		.status = 500, .code = "server_error", .text = "Internal server error" },
	[ERR_NO_KEY] = {
		.status = 500, .code = "server_error", .text = "Internal server error" },
};

struct answer
answer_of(enum err err, const struct dialect *dialect)
{
	struct answer answer = answers[err];

	if (err == ERR_CREDENTIALS)
		answer.status = dialect->wrong_credentials;
	if (err == ERR_MISSING)
		answer.status = dialect->missing_parameter;
	if (err == ERR_JSON)
		answer.status = dialect->malformed_json;
	return answer;
}

struct answer
answer_of_page(enum err err)
{
	return answers[err];
}

struct answer
answer_of_gateway(enum err err, const struct dialect *dialect)
{
	struct answer answer = answer_of(err, dialect);

	if (answer.status == 400)
		answer.status = 401;
	if (answer.status != 401 && answer.status != 403)
		return answers[ERR_STORAGE];
	return answer;
}
