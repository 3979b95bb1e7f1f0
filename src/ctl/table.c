/* table: prints a list: in columns for a person, as JSON for a program. */
#include "ctl/table.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <unistr.h>
#include <uniwidth.h>

enum {
	GAP = 2,		/* between columns */
	INDENT = 4,		/* of a line that continues another */
	CUT_WIDTH = 8,		/* a column that may be cut keeps as much */
	WHOLE_WIDTH = 24,	/* others keep room for as much; what is longer moves the rest */
	USUAL_WIDTH = 80,	/* of a terminal that does not say */
	LEAST_WIDTH = 20,	/* on a narrower one lines break where they do */
	HEADING_SIZE = 32
};

/* Where columns stand, if no text is longer than its room. */
struct layout {
	int begin[TABLE_COLUMNS_MAX];
	int room[TABLE_COLUMNS_MAX];
	bool is_last[TABLE_COLUMNS_MAX];	/* of the line; the next one is indented */
};

static int
width_of(const char *text)
{
	return u8_strwidth((const uint8_t *)text, "UTF-8");
}

/* Returns the width of the terminal that is written to; 0 when it is none. */
static int
find_width(void)
{
	struct winsize size = {0};

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == -1 || size.ws_col == 0)
		return USUAL_WIDTH;
	return size.ws_col > LEAST_WIDTH ? size.ws_col : LEAST_WIDTH;
}

void
table_init(struct table *table, const struct ctl *ctl, const struct table_column *columns,
    size_t column_count)
{
	assert(column_count <= TABLE_COLUMNS_MAX);
	table->width = find_width();
	table->is_json = ctl->typed[OPT_JSON] != NULL ||
	    (table->width == 0 && ctl->typed[OPT_COLUMNS] == NULL);
	table->has_begun = false;
	table->columns = columns;
	table->column_count = column_count;
	table->len = 0;
	for (size_t i = 0; i < column_count; i++)
		table->widest[i] = width_of(columns[i].heading);
}

static int
smaller(int a, int b)
{
	return a < b ? a : b;
}

/*
 * Makes columns narrower, the last first, until a line that is too wide fits: those that may be
 * cut, or the others. Returns how much it is too wide then.
 */
static int
narrow(const struct table *table, bool is_cut, int surplus, int room[])
{
	const int least = is_cut ? CUT_WIDTH : WHOLE_WIDTH;

	for (size_t i = table->column_count; i-- > 0 && surplus > 0;) {
		const int heading = width_of(table->columns[i].heading);
		int less = room[i] - (heading > least ? heading : least);

		if ((table->columns[i].kind == TABLE_CUT) != is_cut || less <= 0)
			continue;
		less = smaller(less, surplus);
		room[i] -= less;
		surplus -= less;
	}
	return surplus;
}

static void
lay_out(const struct table *table, struct layout *layout)
{
	const size_t count = table->column_count;
	int surplus = -GAP - table->width, at = 0;

	for (size_t i = 0; i < count; i++) {
		layout->room[i] = table->widest[i];
		surplus += table->widest[i] + GAP;
	}
	if (table->width > 0) {
		surplus = narrow(table, true, surplus, layout->room);
		surplus = narrow(table, false, surplus, layout->room);
	}
	/* Where lines are continued all the same, there is room again. */
	for (size_t i = 0; i < count && table->width > 0 && surplus > 0; i++)
		if (table->columns[i].kind == TABLE_CUT)
			layout->room[i] = smaller(table->widest[i], table->width - INDENT);
	for (size_t i = 0; i < count; i++) {
		layout->begin[i] = at;
		at += layout->room[i] + GAP;
		layout->is_last[i] = i == count - 1 ||
		    (table->width > 0 && at + layout->room[i + 1] > table->width);
		if (layout->is_last[i])
			at = INDENT;
	}
}

/* Prints as many characters of text as fit in width, the last as "~" if it is cut. */
static int
print_cut(const char *text, int width)
{
	const uint8_t *at = (const uint8_t *)text;
	const int whole = width_of(text);
	const int room = whole <= width ? width : width - 1;
	int printed = 0;
	ucs4_t c;

	for (int len; (len = u8_strmbtouc(&c, at)) > 0; at += len) {
		const int next = uc_width(c, "UTF-8") > 0 ? uc_width(c, "UTF-8") : 0;

		if (printed + next > room)
			break;
		printed += next;
		printf("%.*s", len, (const char *)at);
	}
	if (whole <= width || width <= 0)
		return printed;
	putchar('~');
	return printed + 1;
}

/* How far a line is printed. */
struct progress {
	int at;			/* columns of the terminal; 0 at its start */
	bool has_left;		/* the layout: a text did not fit, so the rest just follows it */
};

static void
break_line(struct progress *progress)
{
	putchar('\n');
	progress->at = 0;
}

/* Prints a cell in its place, or behind what is longer than its room, or on a new line. */
static void
print_cell(const struct table *table, const struct layout *layout, size_t i, const char *cell,
    struct progress *progress)
{
	const bool may_be_cut = table->width > 0 && table->columns[i].kind == TABLE_CUT;
	int begin = layout->begin[i], width = width_of(cell);

	/* Behind the last column of a line there is nothing to be kept free. */
	if (may_be_cut && !layout->is_last[i] && !progress->has_left && width > layout->room[i])
		width = layout->room[i];
	if (table->columns[i].kind == TABLE_NUMBER && width < layout->room[i])
		begin += layout->room[i] - width;
	if (progress->at > 0 && (progress->has_left || begin < progress->at + GAP))
		begin = progress->at + GAP;
	if (table->width > 0 && begin + width > table->width && progress->at > 0 &&
	    (!may_be_cut || begin + CUT_WIDTH > table->width)) {
		break_line(progress);
		progress->has_left = true;
		begin = INDENT;
	}
	if (may_be_cut && begin + width > table->width)
		width = table->width - begin;
	printf("%*s", begin - progress->at, "");
	progress->at = begin + print_cut(cell, width);
}

/* Prints a line of cells. Returns what follows the last one. */
static const char *
print_line(const struct table *table, const struct layout *layout, const char *cell)
{
	struct progress progress = {0};

	for (size_t i = 0; i < table->column_count; i++, cell += strlen(cell) + 1) {
		print_cell(table, layout, i, cell, &progress);
		if (layout->is_last[i] && !progress.has_left)
			break_line(&progress);
	}
	if (progress.has_left)
		break_line(&progress);
	return cell;
}

static void
print_heading(const struct table *table, const struct layout *layout)
{
	char cells[TABLE_COLUMNS_MAX * HEADING_SIZE];
	size_t len = 0;

	for (size_t i = 0; i < table->column_count; i++)
		len += 1 + (size_t)snprintf(cells + len, HEADING_SIZE, "%s",
		    table->columns[i].heading);
	(void)print_line(table, layout, cells);
}

void
table_flush(struct table *table)
{
	const char *cell = table->text;
	struct layout layout;

	if (table->is_json)
		return;
	lay_out(table, &layout);
	if (!table->has_begun)
		print_heading(table, &layout);
	table->has_begun = true;
	while (cell < table->text + table->len)
		cell = print_line(table, &layout, cell);
	table->len = 0;
}

void
table_add(struct table *table, const char *const *cells)
{
	if (table->len + table->column_count * CTL_SHOWN_SIZE > TABLE_TEXT_SIZE)
		table_flush(table);
	for (size_t i = 0; i < table->column_count; i++) {
		char *cell = table->text + table->len;

		ctl_show(cells[i] != NULL ? cells[i] : "", cell);
		if (width_of(cell) > table->widest[i])
			table->widest[i] = width_of(cell);
		table->len += strlen(cell) + 1;
	}
}
