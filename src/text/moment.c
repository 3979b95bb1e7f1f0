/* moment: moments as they are written in names and files. */
#include "text/moment.h"

#include <string.h>
#include <time.h>

static const char *const formats[] = {
	[MOMENT_PLAIN] = "%Y-%m-%dT%H:%M:%SZ", [MOMENT_COMPACT] = "%Y%m%dT%H%M%S",
};

bool
moment_write(enum moment_form form, int64_t moment, char text[MOMENT_SIZE])
{
	const time_t when = (time_t)moment;
	struct tm tm = {0};

	text[0] = '\0';
	return moment >= 0 && moment <= MOMENT_LAST && gmtime_r(&when, &tm) != NULL &&
	    strftime(text, MOMENT_SIZE, formats[form], &tm) > 0;
}

int64_t
moment_read(enum moment_form form, const char *text)
{
	char again[MOMENT_SIZE];
	struct tm tm = {0};
	const char *end = strptime(text, formats[form], &tm);
	int64_t moment;

	if (end == NULL || *end != '\0')
		return 0;
	/* strptime() takes fewer digits, and days that the month has not: one spelling counts. */
	moment = (int64_t)timegm(&tm);
	if (moment <= 0 || !moment_write(form, moment, again) || strcmp(again, text) != 0)
		return 0;
	return moment;
}
