/* log_limit: which lines are so often the same that a count of them must do. */
#include "base/log_limit.h"

#include <string.h>

static bool
is_same(const struct log_repeat *line, int level, const char *text, size_t len)
{
	return line->level == level && line->len == len && memcmp(line->text, text, len) == 0;
}

/* Finds the line among those of the last ten seconds, or a place for it; NULL: there is none. */
static struct log_repeat *
find_place(struct log_limit *limit, int64_t now, int level, const char *text, size_t len)
{
	struct log_repeat *place = NULL;

	for (size_t i = 0; i < LOG_LIMIT_LINES; i++) {
		struct log_repeat *line = &limit->lines[i];

		if (line->until > now && is_same(line, level, text, len))
			return line;
		/* The one that would go soonest; a count must be told first. */
		if (line->held == 0 && (place == NULL || line->until < place->until))
			place = line;
	}
	if (place != NULL)
		place->until = 0;
	return place;
}

bool
log_limit_admits(struct log_limit *limit, int64_t now, int level, const char *text, size_t len)
{
	struct log_repeat *line;

	if (len > LOG_LIMIT_TEXT_MAX)
		return true;
	if ((line = find_place(limit, now, level, text, len)) == NULL)
		return true;
	if (line->until == 0) {
		line->until = now + LOG_LIMIT_MS;
		line->written = 0;
		line->level = level;
		line->len = len;
		memcpy(line->text, text, len);
	}
	if (line->written < LOG_LIMIT_BURST) {
		line->written++;
		return true;
	}
	line->held++;
	return false;
}

bool
log_limit_take_due(struct log_limit *limit, int64_t now, struct log_repeat *due)
{
	for (size_t i = 0; i < LOG_LIMIT_LINES; i++) {
		struct log_repeat *line = &limit->lines[i];

		if (line->held > 0 && line->until <= now) {
			*due = *line;
			line->held = 0;
			line->until = 0;
			return true;
		}
	}
	return false;
}
