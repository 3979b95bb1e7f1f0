/* resource_courier: what delivers messages, where `notify` names a program. */
#include <stddef.h>

#include "account/courier.h"
#include "account/delivery.h"
#include "account/service.h"

static bool
is_needed(const struct config *config)
{
	return *config->notify != '\0';
}

static enum err
start(struct service *service)
{
	return courier_start(service->config, service->is_brief, &service->courier);
}

/* A program that answers one request has older messages delivered as well: nobody else would. */
static void
stop(struct service *service)
{
	bool is_due = false;

	if (service->courier != NULL && service->is_brief && service->db != NULL &&
	    delivery_is_due(service, &is_due) == ERR_OK && is_due)
		courier_poke(service->courier);
	courier_stop(service->courier);
	service->courier = NULL;
}

const struct resource resource_courier = { is_needed, start, stop, NULL };
