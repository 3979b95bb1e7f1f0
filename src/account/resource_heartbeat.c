/* resource_heartbeat: what this host does again and again, where `database` is for many hosts. */
#include <stddef.h>

#include "account/heartbeat.h"
#include "account/service.h"

static bool
is_needed(const struct config *config)
{
	return *config->database != '\0';
}

static void
begin(struct service *service)
{
	heartbeat_begin(service->heartbeat);
}

static enum err
open_heartbeat(struct service *service)
{
	enum err err = heartbeat_open(service, &service->heartbeat);

	if (err == ERR_OK)
		service->begin = begin;
	return err;
}

/* A program that answers one request has answered it by now. */
static void
close_heartbeat(struct service *service)
{
	if (service->heartbeat != NULL && service->is_brief && service->db != NULL)
		heartbeat_once(service->heartbeat);
	heartbeat_close(service->heartbeat);
	service->heartbeat = NULL;
}

const struct resource resource_heartbeat = {
	is_needed, open_heartbeat, close_heartbeat, NULL
};
