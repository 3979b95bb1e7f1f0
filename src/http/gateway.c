/* gateway: reads what a web server says when it asks about a request of its own. */
#include "http/gateway.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "text/scope.h"

enum { SIGNIN_LEN_MAX = 512, AGE_DIGITS_MAX = 9 };

enum demand {
	SCOPE, AUDIENCE, GROUP, AGE, SIGNIN, SIGNIN_BY, CROSS_SITE, IDENTITY, DEMANDS
};

/* What the parameters are called, and the value of each; NULL: it was not given. */
static const char *const names[DEMANDS] = {
	[SCOPE] = "REQUIRED_SCOPE", [AUDIENCE] = "REQUIRED_AUD", [GROUP] = "REQUIRED_GROUP",
	[AGE] = "REQUIRED_AGE", [SIGNIN] = "SIGNIN", [SIGNIN_BY] = "SIGNIN_BY",
	[CROSS_SITE] = "ALLOW_CROSS_SITE", [IDENTITY] = "IDENTITY",
};

#define KNOWN "unknown; REQUIRED_SCOPE, REQUIRED_AUD, REQUIRED_GROUP, REQUIRED_AGE, SIGNIN, " \
	"SIGNIN_BY and ALLOW_CROSS_SITE are known"

static enum err
refuse(const char *parameter, const char *reason)
{
	log_event(LEVEL_ERROR, "cannot use what the web server requires",
	    LOG_TEXT("parameter", parameter), LOG_TEXT("reason", reason));
	return ERR_SETUP;
}

static bool
begins_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

bool
gateway_is_demand(const char *param)
{
	return begins_with(param, "REQUIRED_") || begins_with(param, "SIGNIN") ||
	    begins_with(param, "ALLOW_") || begins_with(param, "IDENTITY=");
}

/* Takes one parameter, NAME=value. */
static enum err
take(const char *param, bool may_repeat, const char *values[DEMANDS])
{
	const size_t len = strcspn(param, "=");
	const char *value = param + len + (param[len] == '=');
	char unknown[64];

	for (size_t i = 0; i < DEMANDS; i++) {
		if (strlen(names[i]) != len || memcmp(param, names[i], len) != 0)
			continue;
		/* Filled from a variable, perhaps, that is not what it was thought to be. */
		if (*value == '\0')
			return refuse(names[i], "empty; leave it out to require nothing");
		if (values[i] != NULL && (!may_repeat || strcmp(values[i], value) != 0))
			return refuse(names[i], "given more than once");
		values[i] = value;
		return ERR_OK;
	}
	unknown[0] = '\0';
	strncat(unknown, param, len < sizeof(unknown) ? len : sizeof(unknown) - 1);
	return refuse(unknown, KNOWN);
}

/*
 * A path of this host, or a URL. It goes into a header with a query after it, so it has nothing
 * that would end either.
 */
static bool
is_signin(const char *text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789-._~:/?[]@!$&'()*+,;=%";
	const size_t len = strlen(text);

	if (len > SIGNIN_LEN_MAX || text[strspn(text, allowed)] != '\0')
		return false;
	if (begins_with(text, "https://"))
		return strlen("https://") < len;
	if (begins_with(text, "http://"))
		return strlen("http://") < len;
	return text[0] == '/' && text[1] != '/';
}

static enum err
read_age(const char *text, long *age)
{
	const size_t len = strspn(text, "0123456789");

	*age = len > AGE_DIGITS_MAX || text[len] != '\0' ? 0 : strtol(text, NULL, 10);
	return *age > 0 ? ERR_OK : refuse(names[AGE], "not a number of seconds from 1 on");
}

/* Reads a value that is one of two words. */
static enum err
read_choice(enum demand demand, const char *text, const char *no, const char *yes,
    const char *reason, bool *is_yes)
{
	*is_yes = strcmp(text, yes) == 0;
	return *is_yes || strcmp(text, no) == 0 ? ERR_OK : refuse(names[demand], reason);
}

static const char *
value_of(const char *const values[DEMANDS], enum demand demand, const char *unless_given)
{
	return values[demand] == NULL ? unless_given : values[demand];
}

static enum err
read_values(const char *const values[DEMANDS], struct gateway_demands *demands)
{
	bool is_utf8;
	enum err err;

	*demands = (struct gateway_demands){
		.requirements = {
			.scope = value_of(values, SCOPE, ""),
			.audience = value_of(values, AUDIENCE, ""),
			.group = value_of(values, GROUP, ""),
		},
		.signin = value_of(values, SIGNIN, ""),
	};
	if (!scope_is_valid(demands->requirements.scope))
		return refuse(names[SCOPE], "not scopes separated by single spaces");
	if (!scope_is_valid(demands->requirements.group))
		return refuse(names[GROUP], "not groups separated by single spaces");
	if (*demands->signin != '\0' && !is_signin(demands->signin))
		return refuse(names[SIGNIN], "neither a path, such as /signin, nor a URL");
	if (values[AGE] != NULL &&
	    (err = read_age(values[AGE], &demands->requirements.age)) != ERR_OK)
		return err;
	if ((err = read_choice(SIGNIN_BY, value_of(values, SIGNIN_BY, "header"), "header",
	    "redirect", "neither header nor redirect", &demands->redirects)) != ERR_OK)
		return err;
	if ((err = read_choice(CROSS_SITE, value_of(values, CROSS_SITE, "no"), "no", "yes",
	    "neither yes nor no", &demands->allows_cross_site)) != ERR_OK)
		return err;
	if ((err = read_choice(IDENTITY, value_of(values, IDENTITY, "encoded"), "encoded",
	    "utf-8", "neither encoded nor utf-8", &is_utf8)) != ERR_OK)
		return err;
	demands->names = is_utf8 ? REPLY_NAMES_UTF8 : REPLY_NAMES_ENCODED;
	return ERR_OK;
}

/* No token says in which groups its user is, and no cookie says anything. */
static enum err
check_database(const char *const values[DEMANDS], const struct config *config)
{
	static const enum demand needy[] = { GROUP, AGE, SIGNIN };

	if (config->verify != VERIFICATION_STATELESS)
		return ERR_OK;
	for (size_t i = 0; i < sizeof(needy) / sizeof(needy[0]); i++)
		if (values[needy[i]] != NULL)
			return refuse(names[needy[i]], "needs the database, which verify = "
			    "stateless does not ask: set verify = revocation-aware");
	return ERR_OK;
}

enum err
gateway_demands(const struct request *request, const struct config *config,
    struct gateway_demands *demands)
{
	const char *values[DEMANDS] = {0};
	enum err err;

	for (char *const *param = request->wire->params; *param != NULL; param++)
		if (gateway_is_demand(*param) && (err = take(*param, false, values)) != ERR_OK)
			return err;
	if ((err = check_database(values, config)) != ERR_OK)
		return err;
	return read_values(values, demands);
}

enum err
gateway_redirected_demands(const struct request *request, struct gateway_demands *demands)
{
	const char *values[DEMANDS] = {0};
	enum err err;

	for (char *const *param = request->wire->params; *param != NULL; param++) {
		const char *rest = wire_skip_redirects(*param);

		if (rest != *param && gateway_is_demand(rest) &&
		    (err = take(rest, true, values)) != ERR_OK)
			return err;
	}
	return read_values(values, demands);
}
