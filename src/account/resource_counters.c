/* resource_counters: the file in which events are counted. */
#include <limits.h>
#include <stdio.h>

#include "account/metrics.h"
#include "account/service.h"
#include "store/counters.h"

static bool
is_needed(const struct config *config)
{
	return config->metrics;
}

/* Nobody is refused because he cannot be counted. */
static enum err
open_counters(struct service *service)
{
	char path[PATH_MAX];
	const int len = snprintf(path, sizeof(path), "%s/metrics", service->config->state_dir);
	enum err err;

	if (len < 0 || (size_t)len >= sizeof(path))
		return ERR_MEMORY;
	err = counters_open(path, metrics_layout(), metrics_counters(), &service->counters);
	return err == ERR_STORAGE ? ERR_OK : err;
}

static void
close_counters(struct service *service)
{
	counters_close(service->counters);
	service->counters = NULL;
}

const struct resource resource_counters = { is_needed, open_counters, close_counters, NULL };
