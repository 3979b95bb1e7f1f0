/* multipart: parses a multipart/form-data body of text fields. */
#include "text/multipart.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "text/header.h"

#define BLANKS " \t"

/* A body on its way to be read; what is before `at` has been. */
struct reader {
	char *at;
	char *end;
	char delimiter[sizeof("\r\n--") + MULTIPART_BOUNDARY_MAX];	/* NUL-terminated */
	size_t delimiter_len;
};

/* What the headers of a part say. */
struct part {
	char *name;		/* borrowed; NULL until there is one */
	bool is_file;		/* or anything else that is not text in UTF-8 */
	bool has_type;
};

/* The first place of text in what is left, or NULL. */
static char *
find(const struct reader *reader, const char *text, size_t len)
{
	return memmem(reader->at, (size_t)(reader->end - reader->at), text, len);
}

static bool
skip(struct reader *reader, const char *text)
{
	const size_t len = strlen(text);

	if ((size_t)(reader->end - reader->at) < len || memcmp(reader->at, text, len) != 0)
		return false;
	reader->at += len;
	return true;
}

static void
skip_blanks(struct reader *reader)
{
	while (reader->at < reader->end && memchr(BLANKS, *reader->at, 2) != NULL)
		reader->at++;
}

/* Goes behind the first delimiter. What stands before it is nobody's (RFC 2046, 5.1.1). */
static bool
begin(struct reader *reader)
{
	char *first;

	if (skip(reader, reader->delimiter + 2))
		return true;
	first = find(reader, reader->delimiter, reader->delimiter_len);
	if (first == NULL)
		return false;
	reader->at = first + reader->delimiter_len;
	return true;
}

/* Behind a delimiter: whether it is the last one. Whatever follows the last is nobody's, too. */
static enum err
is_last(struct reader *reader, bool *last)
{
	*last = skip(reader, "--");
	skip_blanks(reader);
	if (*last && reader->at == reader->end)
		return ERR_OK;
	return skip(reader, "\r\n") ? ERR_OK : ERR_MULTIPART;
}

/*
 * Decodes a name in place. Browsers escape what could end it as %22, %0D and %0A (HTML Standard,
 * "multipart/form-data encoding algorithm"), others with a backslash.
 */
static void
decode_name(char *name, size_t len)
{
	static const struct { const char *escape; char c; } escapes[] = {
		{ "%22", '"' }, { "%0D", '\r' }, { "%0A", '\n' }, { "\\\"", '"' },
		{ "\\\\", '\\' },
	};
	char *to = name;

	for (const char *from = name, *end = name + len; from < end; to++) {
		*to = *from;
		for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
			const size_t escape_len = strlen(escapes[i].escape);

			if ((size_t)(end - from) < escape_len ||
			    strncasecmp(from, escapes[i].escape, escape_len) != 0)
				continue;
			*to = escapes[i].c;
			from += escape_len - 1;
			break;
		}
		from++;
	}
	*to = '\0';
}

static enum err
read_disposition(struct part *part, char *value)
{
	const char *rest;
	struct header_parameter parameter, name = {0};

	if (!header_is_value(value, "form-data", &rest) || part->name != NULL)
		return ERR_MULTIPART;
	while (header_next_parameter(&rest, &parameter)) {
		if (header_is_parameter(&parameter, "filename") ||
		    header_is_parameter(&parameter, "filename*"))
			part->is_file = true;
		if (!header_is_parameter(&parameter, "name"))
			continue;
		if (name.name != NULL)
			return ERR_MULTIPART;
		name = parameter;
	}
	if (*rest != '\0' || name.name == NULL)
		return ERR_MULTIPART;
	part->name = value + (name.value - value);
	decode_name(part->name, name.value_len);
	return text_is_utf8(part->name, strlen(part->name)) ? ERR_OK : ERR_MULTIPART;
}

static enum err
read_type(struct part *part, char *value)
{
	const char *rest;
	struct header_parameter parameter;

	if (part->has_type)
		return ERR_MULTIPART;
	part->has_type = true;
	if (!header_is_value(value, "text/plain", &rest))
		part->is_file = true;
	while (header_next_parameter(&rest, &parameter))
		if (header_is_parameter(&parameter, "charset") && !header_is_utf8(&parameter))
			part->is_file = true;
	return *rest == '\0' ? ERR_OK : ERR_MULTIPART;
}

/* Only what leaves the bytes as they are (RFC 7578, section 4.7). */
static enum err
read_encoding(struct part *part, char *value)
{
	if (strcasecmp(value, "7bit") != 0 && strcasecmp(value, "8bit") != 0 &&
	    strcasecmp(value, "binary") != 0)
		part->is_file = true;
	return ERR_OK;
}

/* Others are to be ignored (RFC 7578, section 4.8). */
static const struct {
	const char *name;
	enum err (*read)(struct part *part, char *value);
} headers[] = {
	{ "Content-Disposition", read_disposition },
	{ "Content-Type", read_type },
	{ "Content-Transfer-Encoding", read_encoding },
};

/* Reads a line, without its end. */
static enum err
read_header(struct part *part, char *line)
{
	char *value = strchr(line, ':');

	/* A name is never missing or followed by blanks, and a line is never folded. */
	if (value == NULL || value == line || strcspn(line, BLANKS) < (size_t)(value - line))
		return ERR_MULTIPART;
	*value++ = '\0';
	value += strspn(value, BLANKS);
	for (char *end = value + strlen(value); end > value && strchr(BLANKS, end[-1]) != NULL;)
		*--end = '\0';
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		if (strcasecmp(line, headers[i].name) == 0)
			return headers[i].read(part, value);
	return ERR_OK;
}

static bool
has_control(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)text[i] < 0x20 && text[i] != '\t') || text[i] == 0x7f)
			return true;
	return false;
}

/* Reads the headers of a part, to the line that is empty. */
static enum err
read_headers(struct reader *reader, struct part *part)
{
	while (!skip(reader, "\r\n")) {
		char *line = reader->at, *end = find(reader, "\r\n", 2);
		enum err err;

		/* Nor may a line be taken for a delimiter. */
		if (end == NULL || has_control(line, (size_t)(end - line)) ||
		    skip(reader, reader->delimiter + 2))
			return ERR_MULTIPART;
		*end = '\0';
		reader->at = end + 2;
		if ((err = read_header(part, line)) != ERR_OK)
			return err;
	}
	if (part->is_file)
		return ERR_PART;
	return part->name != NULL ? ERR_OK : ERR_MULTIPART;
}

/* Reads a part, to the delimiter that ends it. */
static enum err
read_part(struct reader *reader, struct form *form)
{
	struct part part = {0};
	enum err err = read_headers(reader, &part);
	const char *value = reader->at;
	char *end;

	if (err != ERR_OK)
		return err;
	/* The line that ends the headers would end the value as well, to another reader. */
	if (skip(reader, reader->delimiter + 2))
		return ERR_MULTIPART;
	end = find(reader, reader->delimiter, reader->delimiter_len);
	if (end == NULL || !text_is_utf8(value, (size_t)(end - value)))
		return ERR_MULTIPART;
	*end = '\0';
	reader->at = end + reader->delimiter_len;
	return form_add(form, part.name, value);
}

enum err
multipart_parse(char *body, size_t len, const char *boundary, size_t boundary_len,
    struct form *form)
{
	struct reader reader = { .at = body, .end = body + len, .delimiter = "\r\n--" };
	bool last = false;
	enum err err = ERR_OK;

	form->count = 0;
	if (boundary_len > MULTIPART_BOUNDARY_MAX)
		return ERR_MULTIPART;
	memcpy(reader.delimiter + 4, boundary, boundary_len);
	reader.delimiter_len = 4 + boundary_len;
	if (!begin(&reader))
		return ERR_MULTIPART;
	while ((err = is_last(&reader, &last)) == ERR_OK && !last)
		if ((err = read_part(&reader, form)) != ERR_OK)
			break;
	return err;
}
