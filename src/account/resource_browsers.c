/* resource_browsers: nothing to hold open, but a reason not to start. */
#include <stddef.h>

#include "account/service.h"
#include "base/log.h"
#include "config/plain_http.h"

static bool
is_needed(const struct config *config)
{
	return config->signin;
}

/* People would sign in, be asked to sign in again, and never learn why. */
static enum err
check_cookies(struct service *service)
{
	const char *fault = plain_http_find_fault(service->config);
	const char *risk = plain_http_find_risk(service->config);

	if (risk != NULL)
		log_event(LEVEL_WARNING, "cookies are not safe", LOG_TEXT("reason", risk));
	if (fault == NULL)
		return ERR_OK;
	log_event(LEVEL_ERROR, "browsers would drop the cookie", LOG_TEXT("reason", fault));
	return ERR_SETUP;
}

static void
close_nothing(struct service *service)
{
	(void)service;
}

const struct resource resource_browsers = { is_needed, check_cookies, close_nothing, NULL };
