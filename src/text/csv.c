/* csv: reads comma-separated values strictly. */
#include "text/csv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "text/lines.h"

/* Finds out what separates the fields of the first line, as far as a record may be long. */
static char
find_separator(FILE *in)
{
	bool is_quoted = false, has_semicolon = false, has_tab = false;
	int c;

	lines_skip_mark(in);
	for (size_t i = 0; i < CSV_LEN_MAX; i++) {
		if ((c = getc_unlocked(in)) == EOF || (c == '\n' && !is_quoted))
			break;
		if (c == '"')
			is_quoted = !is_quoted;
		else if (c == ',' && !is_quoted)
			return ',';
		has_semicolon |= c == ';' && !is_quoted;
		has_tab |= c == '\t' && !is_quoted;
	}
	if (has_semicolon)
		return ';';
	return has_tab ? '\t' : ',';
}

enum err
csv_init(struct csv *csv, FILE *in)
{
	memset(csv, 0, sizeof(*csv));
	csv->in = in;
	/* With room for a NUL behind each field. */
	if ((csv->text = malloc(CSV_LEN_MAX + CSV_FIELDS_MAX)) == NULL)
		return ERR_MEMORY;
	csv->separator = find_separator(in);
	csv_rewind(csv);
	return ERR_OK;
}

void
csv_clear(struct csv *csv)
{
	secret_wipe(csv->text, csv->text != NULL ? CSV_LEN_MAX + CSV_FIELDS_MAX : 0);
	free(csv->text);
	memset(csv, 0, sizeof(*csv));
}

void
csv_rewind(struct csv *csv)
{
	lines_skip_mark(csv->in);
	csv->line = csv->line_end = 1;
	csv->count = csv->len = 0;
}

static enum err
refuse(int64_t line, const char *reason, char fault[CSV_FAULT_SIZE])
{
	snprintf(fault, CSV_FAULT_SIZE, "line %" PRId64 " %s", line, reason);
	return ERR_REFUSED;
}

static bool
ends_field(const struct csv *csv, int c)
{
	return c == EOF || c == '\n' || c == csv->separator;
}

static enum err
append(struct csv *csv, int c, char fault[CSV_FAULT_SIZE])
{
	if (csv->len - csv->count >= CSV_LEN_MAX)
		return refuse(csv->line, "begins a record that is longer than a MiB", fault);
	csv->text[csv->len++] = (char)c;
	return ERR_OK;
}

/* Reads a field that begins with *end, and sets *end to what ends it. */
static enum err
read_plain(struct csv *csv, int *end, char fault[CSV_FAULT_SIZE])
{
	const size_t start = csv->len;
	enum err err;

	for (; !ends_field(csv, *end); *end = getc_unlocked(csv->in)) {
		if (*end == '"')
			return refuse(csv->line_end, "has a quotation mark within a field; put "
			    "the field in quotation marks, and write that one twice", fault);
		if ((err = append(csv, *end, fault)) != ERR_OK)
			return err;
	}
	if (*end != csv->separator && csv->len > start && csv->text[csv->len - 1] == '\r')
		csv->len--;
	if (memchr(csv->text + start, '\r', csv->len - start) != NULL)
		return refuse(csv->line_end, "has a carriage return that no line feed follows",
		    fault);
	return ERR_OK;
}

/* Reads what is in quotation marks, of which the first has been read, and what ends the field. */
static enum err
read_quoted(struct csv *csv, int *end, char fault[CSV_FAULT_SIZE])
{
	const int64_t line = csv->line_end;
	enum err err;

	while ((*end = getc_unlocked(csv->in)) != '"' ||
	    (*end = getc_unlocked(csv->in)) == '"') {
		if (*end == EOF)
			return refuse(line, "opens a quotation mark that is never closed", fault);
		csv->line_end += *end == '\n';
		if ((err = append(csv, *end, fault)) != ERR_OK)
			return err;
	}
	if (*end == '\r' && (*end = getc_unlocked(csv->in)) == csv->separator)
		*end = '\r';
	if (!ends_field(csv, *end))
		return refuse(csv->line_end, "has text behind a closing quotation mark", fault);
	return ERR_OK;
}

/* Reads a field, of which c is the first byte, and what ends it. */
static enum err
read_field(struct csv *csv, int *c, char fault[CSV_FAULT_SIZE])
{
	const size_t start = csv->len;
	enum err err;

	if (csv->count == CSV_FIELDS_MAX)
		return refuse(csv->line, "has more than 1024 fields", fault);
	err = *c == '"' ? read_quoted(csv, c, fault) : read_plain(csv, c, fault);
	if (err != ERR_OK)
		return err;
	csv->fields[csv->count] = csv->text + start;
	csv->lens[csv->count++] = csv->len - start;
	csv->text[csv->len++] = '\0';
	return ERR_OK;
}

/* Reads a record, of which c is the first byte. */
static enum err
read_record(struct csv *csv, int c, char fault[CSV_FAULT_SIZE])
{
	enum err err;

	csv->line = csv->line_end;
	csv->count = csv->len = 0;
	while ((err = read_field(csv, &c, fault)) == ERR_OK && c == csv->separator)
		c = getc_unlocked(csv->in);
	csv->line_end++;
	return err;
}

enum err
csv_next(struct csv *csv, bool *is_there, char fault[CSV_FAULT_SIZE])
{
	enum err err = ERR_OK;
	int c;

	do {
		c = getc_unlocked(csv->in);
		*is_there = c != EOF;
		if (*is_there)
			err = read_record(csv, c, fault);
	} while (err == ERR_OK && *is_there && csv->count == 1 && csv->lens[0] == 0);
	if (ferror(csv->in)) {
		snprintf(fault, CSV_FAULT_SIZE, "line %" PRId64 " cannot be read: %s",
		    csv->line_end, strerror(errno));
		return ERR_REFUSED;
	}
	return err;
}
