/* lines: reads a file of text lines, with their numbers. */
#include "text/lines.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

void
lines_skip_mark(FILE *in)
{
	char mark[3];

	rewind(in);
	if (fread(mark, 1, sizeof(mark), in) != sizeof(mark) ||
	    memcmp(mark, "\xef\xbb\xbf", sizeof(mark)) != 0)
		rewind(in);
}

enum err
lines_init(struct lines *lines, FILE *in)
{
	*lines = (struct lines){ .in = in, .text = malloc(LINES_LEN_MAX + 1) };
	if (lines->text == NULL)
		return ERR_MEMORY;
	lines_rewind(lines);
	return ERR_OK;
}

void
lines_clear(struct lines *lines)
{
	secret_wipe(lines->text, lines->text != NULL ? LINES_LEN_MAX + 1 : 0);
	free(lines->text);
	*lines = (struct lines){0};
}

void
lines_rewind(struct lines *lines)
{
	lines_skip_mark(lines->in);
	lines->number = 0;
	lines->len = 0;
}

enum err
lines_next(struct lines *lines, bool *is_there, char fault[LINES_FAULT_SIZE])
{
	int c;

	lines->number++;
	for (lines->len = 0; (c = getc_unlocked(lines->in)) != EOF && c != '\n'; ) {
		if (lines->len == LINES_LEN_MAX) {
			snprintf(fault, LINES_FAULT_SIZE, "line %" PRId64
			    " is longer than a MiB", lines->number);
			return ERR_REFUSED;
		}
		lines->text[lines->len++] = (char)c;
	}
	if (ferror(lines->in)) {
		snprintf(fault, LINES_FAULT_SIZE, "line %" PRId64 " cannot be read: %s",
		    lines->number, strerror(errno));
		return ERR_REFUSED;
	}
	*is_there = c != EOF || lines->len > 0;
	if (lines->len > 0 && lines->text[lines->len - 1] == '\r')
		lines->len--;
	lines->text[lines->len] = '\0';
	return ERR_OK;
}
