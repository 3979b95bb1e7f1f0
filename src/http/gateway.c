/* gateway: reads what a web server says when it asks about a request of its own. */
#include "http/gateway.h"

#include <stddef.h>
#include <string.h>

#include "base/log.h"
#include "text/scope.h"

static enum err
refuse(const char *parameter, const char *reason)
{
	log_event(LEVEL_ERROR, "cannot use what the web server requires",
	    LOG_TEXT("parameter", parameter), LOG_TEXT("reason", reason));
	return ERR_SETUP;
}

enum err
gateway_requirements(const struct request *request, struct requirements *requirements)
{
	static const char prefix[] = "REQUIRED_";
	const struct {
		const char *name;
		const char **value;
	} known[] = {
		{ "REQUIRED_SCOPE", &requirements->scope },
		{ "REQUIRED_AUD", &requirements->audience },
	};
	int all = 0, count;

	for (char *const *param = request->wire->params; *param != NULL; param++)
		all += strncmp(*param, prefix, sizeof(prefix) - 1) == 0;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const char *value = wire_find_param(request->wire, known[i].name, &count);

		if (count > 1)
			return refuse(known[i].name, "given more than once");
		/* Filled from a variable, perhaps, that is not what it was thought to be. */
		if (value != NULL && *value == '\0')
			return refuse(known[i].name, "empty; leave it out to require nothing");
		*known[i].value = value == NULL ? "" : value;
		all -= count;
	}
	if (all != 0)
		return refuse("REQUIRED_*", "only REQUIRED_SCOPE and REQUIRED_AUD are known");
	if (!scope_is_valid(requirements->scope))
		return refuse("REQUIRED_SCOPE", "not scopes separated by single spaces");
	return ERR_OK;
}
