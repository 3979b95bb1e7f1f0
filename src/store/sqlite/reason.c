/* reason: what SQLite says of a failure, fit for a terminal. */
#include "store/sqlite/reason.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"

const char *
reason_show(const char *message, char shown[REASON_SIZE])
{
	char text[REASON_SIZE];

	snprintf(text, sizeof(text), "%s", message);
	for (char *quote = text; (quote = strchr(quote, '"')) != NULL; quote++)
		*quote = '\'';
	return escape_text(text, shown, REASON_SIZE);
}
