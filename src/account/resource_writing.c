/* resource_writing: the database of a service that changes it. */
#include <stddef.h>

#include "account/service.h"
#include "store/db.h"

static enum err
open_writing(struct service *service)
{
	return db_open(service->config, DB_WRITE, &service->db);
}

static void
close_database(struct service *service)
{
	db_close(service->db);
	service->db = NULL;
}

const struct resource resource_writing = { NULL, open_writing, close_database };
