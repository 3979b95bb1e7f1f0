/*
 * evp_error: what OpenSSL has reported in this thread, which it keeps until it is asked. For this
 * room alone.
 */
#ifndef BEARWARD_TOKEN_EVP_ERROR_H
#define BEARWARD_TOKEN_EVP_ERROR_H

#include "base/err.h"

/*
 * Forgets all reports. Returns ERR_MEMORY when one of them is of the kind that no input causes,
 * and otherwise what is given.
 */
enum err evp_error_take(enum err otherwise);

/* Logs event, with the first report, which is nearest to the cause; then as evp_error_take(). */
enum err evp_error_log(const char *event);

#endif
