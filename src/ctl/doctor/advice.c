/* advice: prints what doctor has to say below its list. */
#include "ctl/doctor/advice.h"

#include <ctype.h>
#include <string.h>
#include <unistr.h>
#include <uniwidth.h>

#include "base/escape.h"

enum { USUAL_WIDTH = 80, INDENT = 2, INDENT_TYPED = 8 };

/* Prints len bytes, in which only quotation marks and backslashes stay that a log would escape. */
static void
print_safe(FILE *out, const char *text, size_t len)
{
	char shown[ESCAPE_SIZE];

	for (size_t i = 0; i < len;) {
		if (text[i] == '"' || text[i] == '\\') {
			putc(text[i++], out);
			continue;
		}
		i += escape_next(text + i, shown);
		fputs(shown, out);
	}
}

/* Where on a line of the terminal the next word goes. */
struct line {
	FILE *out;		/* borrowed */
	int width, at;
};

/* Prints words up to the end of a line of text, and breaks the line where it is full. */
static void
print_words(struct line *line, const char *words)
{
	const char *const end = words + strcspn(words, "\n");

	for (size_t len; words < end; words += len + 1) {
		const int columns = u8_width((const uint8_t *)words, len = strcspn(words, " \n"),
		    "UTF-8");

		if (line->at > INDENT && line->at + 1 + columns > line->width) {
			fprintf(line->out, "\n%*s", INDENT, "");
			line->at = INDENT;
		} else if (line->at > INDENT) {
			putc(' ', line->out);
			line->at++;
		}
		print_safe(line->out, words, len);
		line->at += columns;
	}
}

/* Prints the lines after the first one. */
static void
print_other_lines(FILE *out, const char *text, int indent)
{
	for (size_t len; *(text += strcspn(text, "\n")) != '\0'; text += len) {
		len = strcspn(++text, "\n");
		fprintf(out, "%*s", indent, "");
		print_safe(out, text, len);
		putc('\n', out);
	}
}

void
advice_print_finding(FILE *out, const char *state, const struct finding *finding,
    const struct table *table)
{
	struct line line = { out, table->width != 0 ? table->width : USUAL_WIDTH, 0 };
	size_t word_len;

	line.at = fprintf(out, "\n%s: %s:", state, finding->check) - 1;
	print_words(&line, finding->found);
	putc('\n', out);
	print_other_lines(out, finding->found, INDENT);
	if (finding->advice == NULL)
		return;
	line.at = fprintf(out, "%*s%c", INDENT, "", toupper((unsigned char)*finding->advice));
	word_len = strcspn(finding->advice + 1, " \n");
	print_safe(out, finding->advice + 1, word_len);
	line.at += (int)word_len;
	word_len += finding->advice[1 + word_len] == ' ';
	print_words(&line, finding->advice + 1 + word_len);
	putc('\n', out);
	print_other_lines(out, finding->advice, INDENT_TYPED);
}
