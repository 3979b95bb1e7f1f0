/* user_cell_moment: reads when one of somebody else's users came to be. */
#include "text/user_cell.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

#define MILLISECONDS_ABOVE INT64_C(100000000000)	/* as seconds, the year 5138 */
#define MOMENT_MAX INT64_C(253402300799)		/* the end of the year 9999 */

/* A text that is read from left to right. */
struct reader {
	const char *next;	/* borrowed, NUL-terminated */
};

static bool
skip(struct reader *reader, const char *chars)
{
	if (*reader->next == '\0' || strchr(chars, *reader->next) == NULL)
		return false;
	reader->next++;
	return true;
}

/* Reads a number of so many digits. */
static bool
read_digits(struct reader *reader, int count, int *number)
{
	*number = 0;
	for (; count > 0; count--, reader->next++) {
		if (*reader->next < '0' || *reader->next > '9')
			return false;
		*number = *number * 10 + (*reader->next - '0');
	}
	return true;
}

static bool
read_date(struct reader *reader, struct tm *tm)
{
	if (!read_digits(reader, 4, &tm->tm_year) || !skip(reader, "-") ||
	    !read_digits(reader, 2, &tm->tm_mon) || !skip(reader, "-") ||
	    !read_digits(reader, 2, &tm->tm_mday))
		return false;
	tm->tm_year -= 1900;
	tm->tm_mon -= 1;
	return tm->tm_mon >= 0 && tm->tm_mon < 12 && tm->tm_mday >= 1 && tm->tm_mday <= 31;
}

/* Reads hours and minutes, and seconds with a fraction where they stand there. */
static bool
read_time(struct reader *reader, struct tm *tm)
{
	if (!read_digits(reader, 2, &tm->tm_hour) || !skip(reader, ":") ||
	    !read_digits(reader, 2, &tm->tm_min))
		return false;
	if (skip(reader, ":")) {
		if (!read_digits(reader, 2, &tm->tm_sec))
			return false;
		if (skip(reader, ".,"))
			reader->next += strspn(reader->next, "0123456789");
	}
	/* A leap second has no number of its own. */
	if (tm->tm_sec == 60)
		tm->tm_sec = 59;
	return tm->tm_hour < 24 && tm->tm_min < 60 && tm->tm_sec < 60;
}

/* Reads Z, +02:00, +0200, +02 or nothing, and how many seconds that is ahead of UTC. */
static bool
read_offset(struct reader *reader, int *ahead)
{
	const bool is_behind = *reader->next == '-';
	int hours = 0, minutes = 0;

	*ahead = 0;
	if (*reader->next == '\0' || skip(reader, "Zz"))
		return true;
	if (!skip(reader, "+-") || !read_digits(reader, 2, &hours))
		return false;
	(void)skip(reader, ":");
	if (*reader->next != '\0' && !read_digits(reader, 2, &minutes))
		return false;
	*ahead = (hours * 60 + minutes) * (is_behind ? -60 : 60);
	return hours < 24 && minutes < 60;
}

static int64_t
read_iso(const char *text)
{
	struct reader reader = { text };
	struct tm tm = {0};
	int64_t moment;
	int day, ahead = 0;

	if (!read_date(&reader, &tm))
		return 0;
	if (skip(&reader, "Tt ")) {
		if (!read_time(&reader, &tm))
			return 0;
		(void)skip(&reader, " ");
		if (!read_offset(&reader, &ahead))
			return 0;
	}
	/* A day that its month does not have becomes one of the next. */
	day = tm.tm_mday;
	moment = (int64_t)timegm(&tm);
	return *reader.next == '\0' && tm.tm_mday == day ? moment - ahead : 0;
}

static int64_t
read_number(double number)
{
	if (!(number >= 1 && number < 1e18))
		return 0;
	return (int64_t)(number > (double)MILLISECONDS_ABOVE ? number / 1000 : number);
}

static int64_t
read_text(const struct user_cell *cell)
{
	char text[64] = "", *end;
	double number;

	if (cell->len >= sizeof(text) || !text_is_utf8(cell->data, cell->len))
		return 0;
	memcpy(text, cell->data, cell->len);
	if (text[strspn(text, "0123456789.")] != '\0')
		return read_iso(text);
	number = strtod(text, &end);
	return *end == '\0' ? read_number(number) : 0;
}

int64_t
user_cell_moment(const struct user_cell *cell)
{
	int64_t moment = 0;

	if (cell->type == USER_CELL_INTEGER)
		moment = read_number((double)cell->integer);
	else if (cell->type == USER_CELL_REAL)
		moment = read_number(cell->real);
	else if (cell->type == USER_CELL_TEXT)
		moment = read_text(cell);
	return moment > 0 && moment <= MOMENT_MAX ? moment : 0;
}
