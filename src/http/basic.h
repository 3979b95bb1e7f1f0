/*
 * basic: finds the credential that a client shows by Basic authentication (RFC 6749, section
 * 2.3.1).
 */
#ifndef BEARWARD_HTTP_BASIC_H
#define BEARWARD_HTTP_BASIC_H

#include "base/err.h"
#include "http/request.h"
#include "text/basic.h"

/*
 * Reads the credential of the Authorization header. Returns ERR_NO_CLIENT when there is no such
 * header, it has another scheme, or name and secret are both empty; ERR_AUTHORIZATION when there
 * are two; and ERR_CLIENT when it cannot be read. basic ends with basic_clear() in any case.
 */
ERR_CHECKED enum err basic_of_request(const struct request *request, struct basic *basic);

#endif
