/* resource_pages: the pages that people see, and their words. */
#include <stddef.h>

#include "account/service.h"
#include "base/log.h"
#include "config/pages.h"

static bool
is_needed(const struct config *config)
{
	return config->signin;
}

static enum err
open_pages(struct service *service)
{
	char fault[PAGES_FAULT_SIZE];
	const enum err err = pages_load(service->config, &service->pages, fault);

	if (err == ERR_SETUP)
		log_event(LEVEL_ERROR, "cannot use the pages", LOG_TEXT("reason", fault));
	return err;
}

static void
close_pages(struct service *service)
{
	pages_free(service->pages);
	service->pages = NULL;
}

/* All of it is in memory before the process is confined. */
static bool
is_of_use(const struct config *config)
{
	return config->signin && config->verify != VERIFICATION_STATELESS;
}

static enum err
open_if_there(struct service *service)
{
	char fault[PAGES_FAULT_SIZE];
	const enum err err = pages_load(service->config, &service->pages, fault);

	if (err == ERR_SETUP)
		log_event(LEVEL_INFO, "refusals are JSON, not pages", LOG_TEXT("reason", fault));
	return err == ERR_SETUP ? ERR_OK : err;
}

const struct resource resource_pages_if_there = { is_of_use, open_if_there, close_pages, NULL };
const struct resource resource_pages = { is_needed, open_pages, close_pages, NULL };
