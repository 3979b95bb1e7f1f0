/*
 * health: tells whoever watches the service how it is (protocol sections 12 and 39.4). Each
 * function is an answer, for a table of endpoints.
 */
#ifndef BEARWARD_HTTP_HEALTH_H
#define BEARWARD_HTTP_HEALTH_H

#include "account/context.h"
#include "base/err.h"
#include "http/reply.h"
#include "http/request.h"

/* /health/live: 200 while the process serves. */
ERR_CHECKED enum err health_live(struct context *context, const struct request *request,
    struct reply *reply);

/* /health/ready: 200 where keys, storage and room to hash are there; else 503. */
ERR_CHECKED enum err health_ready(struct context *context, const struct request *request,
    struct reply *reply);

/* /metrics: what was counted, as OpenMetrics. */
ERR_CHECKED enum err health_metrics(struct context *context, const struct request *request,
    struct reply *reply);

#endif
