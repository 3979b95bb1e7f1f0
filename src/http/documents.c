/* documents: what programs are told about the service that is no secret. */
#include "http/documents.h"

#include <stdlib.h>

#include "account/jwks.h"
#include "account/metadata.h"
#include "base/log.h"
#include "http/endpoint.h"
#include "http/wire.h"

/* How long a client may keep a document, in seconds. */
enum { MAX_AGE = 300 };

static enum err
reply_text(struct reply *reply, const struct request *request, const char *media,
    const char *text)
{
	return reply_document(reply, wire_get_param(request->wire, "HTTP_IF_NONE_MATCH"), media,
	    text, MAX_AGE);
}

enum err
documents_keys(struct context *context, const struct request *request, struct reply *reply)
{
	char *text = NULL;	/* owned */
	enum err err;

	/* Nothing is below it. */
	if (!endpoint_path_ends(request->wire, METADATA_KEYS_PATH))
		return ERR_NOT_FOUND;
	if ((err = jwks_get(context, &text)) == ERR_OK)
		err = reply_text(reply, request, "application/jwk-set+json", text);
	free(text);
	return err;
}

/* Below another path than that of the issuer there is no document. */
static bool
is_for_issuer(const struct request *request, const struct config *config)
{
	char path[METADATA_PATH_SIZE];

	metadata_path(config, path);
	return endpoint_path_ends(request->wire, METADATA_PATH) ||
	    endpoint_path_ends(request->wire, path);
}

enum err
documents_metadata(struct context *context, const struct request *request, struct reply *reply)
{
	const struct config *config = context->service->config;
	const char *fault = metadata_find_fault(config);
	char *text = NULL;	/* owned */
	enum err err;

	if (fault != NULL) {
		log_event(LEVEL_INFO, "no metadata to tell", LOG_TEXT("reason", fault));
		return ERR_NOT_FOUND;
	}
	if (!is_for_issuer(request, config))
		return ERR_NOT_FOUND;
	if ((err = metadata_write(config, &text)) == ERR_OK)
		err = reply_text(reply, request, "application/json", text);
	free(text);
	return err;
}
