/* resource_database: the database of a service, read-only or to change it. */
#include <stddef.h>

#include "account/service.h"
#include "store/db.h"

static enum err
open_reading(struct service *service)
{
	return db_open(service->config, DB_READ, &service->db);
}

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

static void
allow_reading(const struct config *config, struct sandbox_plan *plan)
{
	db_allow(config, DB_READ, plan);
}

static void
allow_writing(const struct config *config, struct sandbox_plan *plan)
{
	db_allow(config, DB_WRITE, plan);
}

static enum err
open_watching(struct service *service)
{
	return db_open(service->config, DB_WATCH, &service->db);
}

static void
allow_watching(const struct config *config, struct sandbox_plan *plan)
{
	db_allow(config, DB_WATCH, plan);
}

/* A reader of a PostgreSQL does not see all that the command shows. */
static enum err
open_asking(struct service *service)
{
	const bool is_sqlite = *service->config->database == '\0';

	return db_open(service->config, is_sqlite ? DB_READ : DB_WRITE, &service->db);
}

static bool
is_not_stateless(const struct config *config)
{
	return config->verify != VERIFICATION_STATELESS;
}

const struct resource resource_database_reading = {
	NULL, open_reading, close_database, allow_reading
};
const struct resource resource_database_asking = {
	NULL, open_asking, close_database, NULL
};
const struct resource resource_database_writing = {
	NULL, open_writing, close_database, allow_writing
};
const struct resource resource_database_watching = {
	NULL, open_watching, close_database, allow_watching
};
const struct resource resource_database_unless_stateless = {
	is_not_stateless, open_reading, close_database, allow_reading
};
