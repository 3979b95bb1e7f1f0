/* user_cell: what flags written by other programs mean. */
#include "text/user_cell.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/escape.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The text of a cell without the blanks around it. */
static struct user_cell
trim(const struct user_cell *cell)
{
	struct user_cell trimmed = *cell;

	while (trimmed.len > 0 && is_blank(trimmed.data[trimmed.len - 1]))
		trimmed.len--;
	while (trimmed.len > 0 && is_blank(*trimmed.data)) {
		trimmed.data++;
		trimmed.len--;
	}
	return trimmed;
}

static bool
is_one_of(const struct user_cell *text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (text->len == strlen(*words) && strncasecmp(text->data, *words, text->len) == 0)
			return true;
	return false;
}

static enum user_flag
read_flag_text(const struct user_cell *cell)
{
	static const char *const yes[] = { "1", "true", "t", "yes", "y", "on", NULL };
	static const char *const no[] = { "0", "false", "f", "no", "n", "off", "", NULL };
	const struct user_cell word = trim(cell);

	if (is_one_of(&word, yes))
		return USER_FLAG_YES;
	return is_one_of(&word, no) ? USER_FLAG_NO : USER_FLAG_UNKNOWN;
}

enum user_flag
user_cell_flag(const struct user_cell *cell)
{
	switch (cell->type) {
	case USER_CELL_NULL:
		return USER_FLAG_NO;
	case USER_CELL_INTEGER:
		return cell->integer != 0 ? USER_FLAG_YES : USER_FLAG_NO;
	case USER_CELL_REAL:
		return cell->real != 0 ? USER_FLAG_YES : USER_FLAG_NO;
	case USER_CELL_TEXT:
		return read_flag_text(cell);
	case USER_CELL_BYTES:
		break;
	}
	return USER_FLAG_UNKNOWN;
}

const char *
user_cell_show(const struct user_cell *cell, char shown[USER_CELL_SHOWN_SIZE])
{
	enum { TEXT_MAX = 32 };		/* bytes of a text that are shown */
	char text[TEXT_MAX + 1] = "", escaped[TEXT_MAX * ESCAPE_SIZE];

	switch (cell->type) {
	case USER_CELL_NULL:
		return strcpy(shown, "NULL");
	case USER_CELL_INTEGER:
		snprintf(shown, USER_CELL_SHOWN_SIZE, "%" PRId64, cell->integer);
		return shown;
	case USER_CELL_REAL:
		snprintf(shown, USER_CELL_SHOWN_SIZE, "%g", cell->real);
		return shown;
	case USER_CELL_TEXT:
		memcpy(text, cell->data, cell->len < TEXT_MAX ? cell->len : TEXT_MAX);
		snprintf(shown, USER_CELL_SHOWN_SIZE, "\"%s\"%s",
		    escape_text(text, escaped, sizeof(escaped)),
		    cell->len > TEXT_MAX ? "..." : "");
		return shown;
	case USER_CELL_BYTES:
		break;
	}
	return strcpy(shown, "bytes");
}
