/* resource_gauges: what there is at the moment, for the metrics. */
#include <stddef.h>

#include "account/gauges.h"
#include "account/service.h"

static bool
is_needed(const struct config *config)
{
	return config->metrics;
}

static enum err
open_gauges(struct service *service)
{
	return gauges_open(service->config, &service->gauges);
}

static void
close_gauges(struct service *service)
{
	gauges_close(service->gauges);
	service->gauges = NULL;
}

const struct resource resource_gauges = { is_needed, open_gauges, close_gauges, NULL };
