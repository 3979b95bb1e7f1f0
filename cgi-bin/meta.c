/* meta: tells about the service itself. */
#include "http/documents.h"
#include "http/health.h"
#include "serve/responder.h"

enum { READ = METHOD_GET | METHOD_HEAD | METHOD_OPTIONS };

static const struct endpoint endpoints[] = {
	{ "/.well-known/jwks.json", READ, MEDIA_NONE, FAMILY_RESOURCE, CORS_LISTED,
	  documents_keys },
	{ "/.well-known/oauth-authorization-server", READ, MEDIA_NONE, FAMILY_RESOURCE,
	  CORS_LISTED, documents_metadata },
	{ "/health/live", READ, MEDIA_NONE, FAMILY_RESOURCE, CORS_NEVER, health_live },
	{ "/health/ready", READ, MEDIA_NONE, FAMILY_RESOURCE, CORS_NEVER, health_ready },
	{ "/metrics", METHOD_GET | METHOD_HEAD, MEDIA_NONE, FAMILY_RESOURCE, CORS_NEVER,
	  health_metrics },
	{0},
};

/* It can change nothing, and has no secret unless a bearer may ask for the metrics. */
static const struct resource *const resources[] = {
	&resource_database_watching, &resource_keys_public, &resource_keys_if_metrics,
	&resource_readiness, &resource_gauges, &resource_counters, NULL
};

static const struct pool meta = {
	.name = "meta",
	.purpose = "tells about the service: what it is, whether it is well, and what it counted",
	.endpoints = endpoints,
	.resources = resources,
};

int
main(int argc, char **argv)
{
	return responder_run(argc, argv, &meta);
}
