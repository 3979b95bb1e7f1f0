/* grant_request: what a form at /token asks for. */
#include "http/grant_request.h"

#include <stdbool.h>
#include <string.h>

static const char *const secrets[] = { "username", "password", "client_secret", "refresh_token",
	NULL };

enum err
grant_request_type(const struct context *context, const struct request *request,
    enum grant_type *type)
{
	const struct config *config = context->service->config;
	const char *name = form_find(&request->form, "grant_type");
	const struct {
		const char *name;
		bool is_allowed;
	} types[] = {
		[GRANT_TYPE_PASSWORD] = { "password", config->password_grant },
		[GRANT_TYPE_REFRESH_TOKEN] = { "refresh_token", config->refresh_tokens },
	};
	enum err err = request_check_query(request, secrets);

	if (err != ERR_OK)
		return err;
	/* Absent is taken for password, as the tutorial has it (protocol section 3.3). */
	*type = GRANT_TYPE_PASSWORD;
	if (name != NULL && strcmp(name, types[GRANT_TYPE_REFRESH_TOKEN].name) == 0)
		*type = GRANT_TYPE_REFRESH_TOKEN;
	if (name != NULL && strcmp(name, types[*type].name) != 0)
		return ERR_GRANT_TYPE;
	return types[*type].is_allowed ? ERR_OK : ERR_GRANT_TYPE;
}

/* Finds a parameter that must be there; *value is NULL where it is not. */
static enum err
require(struct context *context, const struct request *request, const char *name,
    const char **value)
{
	if ((*value = form_find(&request->form, name)) != NULL)
		return ERR_OK;
	(void)faults_add(&context->faults, "missing", name, "Field required");
	return ERR_MISSING;
}

enum err
grant_request_password(struct context *context, const struct request *request,
    struct grant_request *grant)
{
	struct credentials *credentials = &grant->credentials;
	const enum err username = require(context, request, "username", &credentials->username);
	const enum err password = require(context, request, "password", &credentials->password);

	grant->scope = form_find(&request->form, "scope");
	return username == ERR_OK ? password : username;
}

enum err
grant_request_refresh_token(struct context *context, const struct request *request,
    struct grant_request *grant)
{
	grant->scope = form_find(&request->form, "scope");
	return require(context, request, "refresh_token", &grant->refresh_token);
}
