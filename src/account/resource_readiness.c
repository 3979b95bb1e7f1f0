/* resource_readiness: what tells whether the service is ready. */
#include <stddef.h>

#include "account/readiness.h"
#include "account/service.h"

static enum err
open_readiness(struct service *service)
{
	return readiness_open(service->config, service->db, &service->readiness);
}

static void
close_readiness(struct service *service)
{
	readiness_close(service->readiness);
	service->readiness = NULL;
}

/* What it looks at is open before the process is confined. */
const struct resource resource_readiness = { NULL, open_readiness, close_readiness, NULL };
