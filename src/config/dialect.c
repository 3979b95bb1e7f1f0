/* dialect: the points where the FastAPI tutorial and the RFCs disagree, one row a dialect. */
#include "config/dialect.h"

#include <string.h>

static const struct dialect dialects[] = {
	{ "fastapi", .wrong_credentials = 401, .missing_parameter = 422, .malformed_json = 422,
	    .created = 200, .takes_multipart = true, .ignores_unknown_scopes = true,
	    .signs_with_secret = true, .sub_is_username = true, .audience = "" },
	{ "rfc", .wrong_credentials = 400, .missing_parameter = 400, .malformed_json = 400,
	    .created = 201, .takes_multipart = false, .ignores_unknown_scopes = false,
	    .signs_with_secret = false, .sub_is_username = false, .audience = "bearward" },
};

enum { DIALECTS = sizeof(dialects) / sizeof(dialects[0]) };

const struct dialect *
dialect_get(size_t i)
{
	return i < DIALECTS ? &dialects[i] : NULL;
}

const struct dialect *
dialect_find(const char *name)
{
	for (size_t i = 0; i < DIALECTS; i++)
		if (strcmp(dialects[i].name, name) == 0)
			return &dialects[i];
	return NULL;
}
