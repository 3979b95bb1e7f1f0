/*
 * gateway: reads what a web server says when it asks about a request of its own (protocol section
 * 11).
 */
#ifndef BEARWARD_HTTP_GATEWAY_H
#define BEARWARD_HTTP_GATEWAY_H

#include "base/err.h"
#include "http/request.h"
#include "token/token.h"

/*
 * Reads what the web server requires of a token: its parameters REQUIRED_SCOPE and REQUIRED_AUD,
 * which no client can set. requirements is borrowed from request. Returns ERR_SETUP, logged, when
 * one of them is empty, malformed or repeated, or when any other parameter begins with REQUIRED_:
 * nobody may be let in before it is known what is required.
 */
ERR_CHECKED enum err gateway_requirements(const struct request *request,
    struct requirements *requirements);

#endif
