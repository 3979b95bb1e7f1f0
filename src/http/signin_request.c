/* signin_request: what a browser asks for at /signin and /signout. */
#include "http/signin_request.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "http/navigation.h"
#include "http/return_address.h"
#include "http/session_cookie.h"

/* address is taken, or freed. */
static void
take_address(const struct config *config, char *address, struct signin_request *asked)
{
	if (address != NULL && return_address_is_allowed(address, config->return_origins))
		asked->return_address = address;
	else
		free(address);
}

static enum err
read_form(const struct config *config, const struct form *form, struct signin_request *asked)
{
	const char *address = form_find(form, "return");
	char *copy = address == NULL ? NULL : strdup(address);	/* owned, then taken */

	if (address != NULL && copy == NULL)
		return ERR_MEMORY;
	take_address(config, copy, asked);
	asked->credentials.username = form_find(form, "username");
	asked->credentials.password = form_find(form, "password");
	asked->is_remembered = form_find(form, "remember") != NULL;
	asked->is_everywhere = form_find(form, "everywhere") != NULL;
	return ERR_OK;
}

enum { AGE_DIGITS_MAX = 9 };

static long
read_age(const char *text)
{
	const size_t digits = strspn(text, "0123456789");

	return text[digits] == '\0' && digits <= AGE_DIGITS_MAX ? strtol(text, NULL, 10) : 0;
}

static enum err
read_query(const struct config *config, const struct wire *wire, struct signin_request *asked)
{
	char *address = NULL, *as = NULL, *age = NULL, *count = NULL;	/* owned */
	enum err err;

	if ((err = wire_query_find(wire, "return", &address)) != ERR_OK)
		goto out;
	take_address(config, address, asked);
	if ((err = wire_query_find(wire, "as", &as)) != ERR_OK)
		goto out;
	asked->wants_other = as != NULL && strcmp(as, "other") == 0;
	if ((err = wire_query_find(wire, "cookie", &count)) != ERR_OK)
		goto out;
	asked->is_ambiguous = count != NULL && strcmp(count, "twice") == 0;
	if ((err = wire_query_find(wire, "max_age", &age)) != ERR_OK)
		goto out;
	if (age != NULL)
		asked->age_max = read_age(age);
out:
	free(age);
	free(count);
	free(as);
	return err;
}

enum err
signin_request_read(const struct config *config, const struct request *request,
    struct signin_request *asked)
{
	static const char *const secrets[] = { "password", NULL };
	enum err err;

	*asked = (struct signin_request){ .age_max = -1 };
	if (!config->signin)
		return ERR_NOT_FOUND;
	(void)session_cookie_find(request->wire, config, asked->cookie);
	if ((err = request_check_query(request, secrets)) != ERR_OK)
		return err;
	if (request->method == METHOD_POST)
		return read_form(config, &request->form, asked);
	return read_query(config, request->wire, asked);
}

enum err
signin_request_check_origin(const struct context *context, const struct request *request)
{
	return navigation_is_same_origin(request->wire, context->service->config->issuer)
	    ? ERR_OK : ERR_CROSS_SITE;
}

static enum err
require(struct context *context, const char *name, const char *value)
{
	if (value != NULL)
		return ERR_OK;
	(void)faults_add(&context->faults, "missing", name, "Field required");
	return ERR_MISSING;
}

enum err
signin_request_check_form(struct context *context, const struct request *request,
    const struct signin_request *asked)
{
	enum err err = signin_request_check_origin(context, request), username, password;

	if (err != ERR_OK)
		return err;
	username = require(context, "username", asked->credentials.username);
	password = require(context, "password", asked->credentials.password);
	return username == ERR_OK ? password : username;
}

void
signin_request_clear(struct signin_request *asked)
{
	secret_wipe(asked->cookie, sizeof(asked->cookie));
	free(asked->return_address);
	asked->return_address = NULL;
}
