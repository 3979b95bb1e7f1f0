/* health: tells whoever watches the service how it is. */
#include "http/health.h"

#include <json-c/json.h>

#include "account/bearer.h"
#include "account/readiness.h"
#include "http/answer.h"
#include "http/bearer.h"
#include "http/openmetrics.h"
#include "http/value.h"
#include "text/scope.h"

/* What is looked at, one by one; report NULL: nothing was. */
static enum err
add_parts(struct json_object *object, const struct readiness_report *report)
{
	enum err err = ERR_OK;

	for (int part = 0; report != NULL && part < READINESS_PARTS && err == ERR_OK; part++)
		err = value_add_text(object, readiness_name((enum readiness_part)part),
		    report->words[part]);
	return err;
}

/* Makes the reply tell that all is well, and what was looked at. */
static enum err
tell(struct reply *reply, const char *status, const struct readiness_report *report)
{
	struct json_object *object = json_object_new_object();	/* owned */
	enum err err;

	if (object == NULL)
		return ERR_MEMORY;
	err = value_add_text(object, "status", status);
	if (err == ERR_OK)
		err = add_parts(object, report);
	if (err == ERR_OK)
		err = value_set_body(reply, object);
	json_object_put(object);
	return err;
}

enum err
health_live(struct context *context, const struct request *request, struct reply *reply)
{
	(void)context;
	(void)request;
	return tell(reply, "ok", NULL);
}

enum err
health_ready(struct context *context, const struct request *request, struct reply *reply)
{
	const struct answer down = answer_of(ERR_STORAGE, context->service->config->dialect);
	struct readiness_report report;
	/* What is wrong is for those who run the service. */
	const struct readiness_report *told = request_is_local(request) ? &report : NULL;

	readiness_look(context->service->readiness, &report);
	if (report.is_ready)
		return tell(reply, "ok", told);
	reply->status = down.status;
	if (!reply_header_line(reply, "Retry-After: %d\r\n", down.retry_after))
		return ERR_INTERNAL;
	return tell(reply, "unavailable", told);
}

/* Checks that the bearer of a token has the scope for it. */
static enum err
check_bearer(struct context *context, const struct request *request)
{
	const char *jwt = NULL;		/* borrowed from request, secret */
	struct user *user = NULL;	/* owned */
	enum err err = bearer_of_request(request, &jwt);

	if (err != ERR_OK)
		return err;
	context->scope_needed = SCOPE_METRICS;
	/* Where no token can have it, this process has no key to look at one. */
	if (context->service->keyring == NULL)
		return ERR_FORBIDDEN;
	err = bearer_find_user(context, jwt, SCOPE_METRICS, &user);
	user_free(user);
	return err;
}

enum err
health_metrics(struct context *context, const struct request *request, struct reply *reply)
{
	char *text = NULL;	/* owned until it is taken */
	enum err err;

	if (!context->service->config->metrics)
		return ERR_NOT_FOUND;
	if (!request_is_local(request) && (err = check_bearer(context, request)) != ERR_OK)
		return err;
	if ((err = openmetrics_write(context, &text)) != ERR_OK)
		return err;
	return reply_set_body(reply, OPENMETRICS_MEDIA, text);
}
