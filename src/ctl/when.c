/* when: says moments and spans of time in words. */
#include "ctl/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

const char *
when_show_span(int64_t seconds, char shown[WHEN_SIZE])
{
	static const struct { int64_t from, seconds; const char *name; } units[] = {
		{ 2 * DAY, DAY, "day" }, { 2 * HOUR, HOUR, "hour" },
		{ 2 * MINUTE, MINUTE, "minute" }, { 0, 1, "second" },
	};
	size_t i = 0;
	int64_t count;

	while (seconds < units[i].from)
		i++;
	count = (seconds + units[i].seconds / 2) / units[i].seconds;
	snprintf(shown, WHEN_SIZE, "%lld %s%s", (long long)count, units[i].name,
	    count == 1 ? "" : "s");
	return shown;
}

/* Returns how a moment is written that is so far away. */
static const char *
format_of(int64_t moment, int64_t now)
{
	const int64_t away = llabs(moment - now);

	if (moment / DAY != now / DAY)
		return away < 2 * MINUTE ? "%Y-%m-%d %H:%M:%S UTC" : "%Y-%m-%d %H:%M UTC";
	return away < 2 * MINUTE ? "%H:%M:%S UTC" : "%H:%M UTC";
}

const char *
when_show_moment(int64_t moment, int64_t now, char shown[WHEN_SIZE])
{
	const time_t when = (time_t)moment;
	struct tm tm = {0};

	if (gmtime_r(&when, &tm) == NULL ||
	    strftime(shown, WHEN_SIZE, format_of(moment, now), &tm) == 0)
		snprintf(shown, WHEN_SIZE, "-");
	return shown;
}

const char *
when_show(int64_t moment, int64_t now, char shown[WHEN_SIZE])
{
	char at[WHEN_SIZE], span[WHEN_SIZE];

	when_show_moment(moment, now, at);
	when_show_span(llabs(moment - now), span);
	if (moment > now)
		snprintf(shown, WHEN_SIZE, "%.30s (in %.24s)", at, span);
	else
		snprintf(shown, WHEN_SIZE, "%.30s (%.24s ago)", at, span);
	return shown;
}
