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
const struct resource resource_pages = { is_needed, open_pages, close_pages, NULL };
