/*
 * openmetrics: writes what was counted, and what there is, in the format OpenMetrics 1.0.
 *
 * Names begin with bearward_ and stay what they are from one version to the next.
 */
#ifndef BEARWARD_HTTP_OPENMETRICS_H
#define BEARWARD_HTTP_OPENMETRICS_H

#include "account/context.h"
#include "base/err.h"

#define OPENMETRICS_MEDIA "application/openmetrics-text; version=1.0.0; charset=utf-8"

/* Writes all of it; *text is owned, and NULL on failure. Returns ERR_MEMORY. */
ERR_CHECKED enum err openmetrics_write(struct context *context, char **text);

#endif
