/* account: people look after their own accounts. */
#include "http/account_api.h"
#include "http/account_pages.h"
#include "http/link_pages.h"
#include "serve/responder.h"

enum {
	READ = METHOD_GET | METHOD_HEAD | METHOD_OPTIONS,
	BOTH = READ | METHOD_POST,
	WRITE = METHOD_POST | METHOD_OPTIONS,
};

#define PAGE(path, methods, answer) \
	{ path, methods, MEDIA_FORM, FAMILY_PAGE, CORS_NEVER, answer }
#define API(path, methods, answer) \
	{ path, methods, MEDIA_JSON, FAMILY_RESOURCE, CORS_LISTED, answer }

static const struct endpoint endpoints[] = {
	PAGE("/account/", BOTH, account_pages_overview),
	PAGE("/account/password", BOTH, account_pages_password),
	PAGE("/account/sessions", BOTH, account_pages_sessions),
	PAGE("/account/activity", READ, account_pages_activity),
	PAGE("/account/export", READ, account_pages_export),
	PAGE("/account/delete", BOTH, account_pages_delete),
	PAGE("/link", BOTH, link_pages_answer),
	API("/users/me/password", WRITE, account_api_password),
	API("/users/me/sessions", BOTH, account_api_sessions),
	API("/users/me/profile", WRITE, account_api_profile),
	API("/users/me/audit", READ, account_api_audit),
	API("/users/me/export", READ, account_api_export),
	API("/users/me/delete", WRITE, account_api_delete),
	{0},
};

static const struct resource *const resources[] = {
	&resource_courier, &resource_browsers, &resource_heartbeat, &resource_database_writing,
	&resource_keys, &resource_hashing, &resource_attempts, &resource_seen, &resource_pages,
	&resource_counters, NULL
};

static const struct pool account = {
	.name = "account",
	.purpose = "lets people look after their own accounts",
	.endpoints = endpoints,
	.resources = resources,
};

int
main(int argc, char **argv)
{
	return responder_run(argc, argv, &account);
}
