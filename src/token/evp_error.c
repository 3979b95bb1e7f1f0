/* evp_error: what OpenSSL has reported in this thread. */
#include "token/evp_error.h"

#include <openssl/err.h>

#include "base/log.h"

enum err
evp_error_take(enum err otherwise)
{
	enum err err = otherwise;
	unsigned long report;

	while ((report = ERR_get_error()) != 0)
		if (ERR_FATAL_ERROR(report))
			err = ERR_MEMORY;
	return err;
}

enum err
evp_error_log(const char *event)
{
	log_event(LEVEL_ERROR, event,
	    LOG_TEXT("reason", ERR_reason_error_string(ERR_peek_error())));
	return evp_error_take(ERR_INTERNAL);
}
