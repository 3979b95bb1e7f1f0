/* http_input: takes in the head of one request over HTTP/1.1 or 1.0. */
#include "serve/http_input.h"

#include <string.h>
#include <strings.h>

#include "base/secret.h"

enum { METHOD_LEN_MAX = 32, REFUSED = 400, TOO_LARGE = 431, VERSION_UNKNOWN = 505 };

/* What bytes may be part of: RFC 9110, sections 5.5 and 5.6.2; and a target, RFC 9112, 3.2. */
enum { TOKEN = 1, VALUE = 2, TARGET = 4 };

static bool
is_made_of(int kind, const char *text, size_t len)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < len; i++) {
		const unsigned char byte = (unsigned char)text[i];
		const bool is_word = (byte >= '0' && byte <= '9') ||
		    (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
		bool fits = byte > 0x20 && byte < 0x7f;

		if (kind == TOKEN)
			fits = is_word || (fits && strchr(marks, byte) != NULL);
		else if (kind == VALUE)
			fits = (byte >= 0x20 && byte != 0x7f) || byte == '\t';
		if (!fits)
			return false;
	}
	return true;
}

static bool
is_token(const char *text, size_t len)
{
	return len > 0 && is_made_of(TOKEN, text, len);
}

bool
http_input_is_method(const char *text)
{
	const size_t len = strlen(text);

	return len <= METHOD_LEN_MAX && is_token(text, len);
}

static long
refuse(struct http_input *input, int status, const char *fault)
{
	input->refusal = status;
	input->fault = fault;
	return WIRE_BROKEN;
}

/* Reads more. Returns 1, 0 at the end of input, or WIRE_*. */
static long
fill(struct http_input *input, int64_t deadline)
{
	const size_t room = sizeof(input->buffer) - input->filled;
	long got;

	if (room == 0)
		return refuse(input, TOO_LARGE, "a head of more than 16 KiB");
	got = input->source.read(input->source.arg, input->buffer + input->filled, room,
	    deadline);
	if (got <= 0)
		return got;
	input->filled += (size_t)got;
	return 1;
}

/* Takes the next line without its end, NUL-terminated. Returns 1, or WIRE_*. */
static long
take_line(struct http_input *input, char **line, size_t *len, int64_t deadline)
{
	char *end;
	long got;

	while ((end = memchr(input->buffer + input->next, '\n', input->filled - input->next)) ==
	    NULL) {
		input->next = input->filled;
		if ((got = fill(input, deadline)) <= 0)
			return got == 0 ? WIRE_BROKEN : got;
	}
	*line = input->buffer + input->line;
	input->line = input->next = (size_t)(end - input->buffer) + 1;
	if (end == *line || end[-1] != '\r')
		return refuse(input, REFUSED, "a line that does not end with CR LF");
	*len = (size_t)(end - 1 - *line);
	(*line)[*len] = '\0';
	return 1;
}

/* "HTTP/1.1" */
static long
read_version(struct http_input *input, const char *version)
{
	static const char start[] = "HTTP/";
	const char *number = version + sizeof(start) - 1;

	if (strncmp(version, start, sizeof(start) - 1) != 0)
		return refuse(input, REFUSED, "not HTTP");
	input->is_1_1 = strcmp(number, "1.1") == 0;
	if (!input->is_1_1 && strcmp(number, "1.0") != 0)
		return refuse(input, VERSION_UNKNOWN, "neither HTTP/1.1 nor HTTP/1.0");
	return 1;
}

/* METHOD SP target SP version */
static long
read_request_line(struct http_input *input, char *line, size_t len)
{
	char *target, *version;

	if (strlen(line) != len)
		return refuse(input, REFUSED, "a request line with NUL in it");
	if ((target = strchr(line, ' ')) == NULL || (version = strchr(target + 1, ' ')) == NULL)
		return refuse(input, REFUSED, "a request line of fewer than three parts");
	*target++ = '\0';
	*version++ = '\0';
	if (!http_input_is_method(line))
		return refuse(input, REFUSED, "a method that is none");
	/* A whole URL, "*" and the host of a CONNECT are for proxies. */
	if (*target != '/' || !is_made_of(TARGET, target, strlen(target)))
		return refuse(input, REFUSED, "a target that is no path");
	input->method = line;
	input->target = target;
	return read_version(input, version);
}

static bool
is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

/* name ":" value, with blanks around the value alone. */
static long
read_header(struct http_input *input, char *line, size_t len)
{
	char *colon = memchr(line, ':', len), *value, *end = line + len;

	if (is_blank(*line))
		return refuse(input, REFUSED, "a line that goes on with the one before");
	if (colon == NULL || !is_token(line, (size_t)(colon - line)))
		return refuse(input, REFUSED, "a header without a name");
	for (value = colon + 1; value < end && is_blank(*value); )
		value++;
	while (end > value && is_blank(end[-1]))
		end--;
	if (!is_made_of(VALUE, value, (size_t)(end - value)))
		return refuse(input, REFUSED, "a header with a control character in it");
	if (input->count == HTTP_INPUT_HEADERS_MAX)
		return refuse(input, TOO_LARGE, "more than 128 headers");
	*colon = *end = '\0';
	input->headers[input->count++] = (struct http_header){ .name = line, .value = value };
	return 1;
}

/* Whether a list of words, with commas between them, has that one. */
static bool
has_word(const char *list, const char *word)
{
	const size_t len = strlen(word);

	for (;;) {
		const char *next = list + strspn(list, " \t,");

		if (*next == '\0')
			return false;
		list = next + strcspn(next, " \t,");
		if ((size_t)(list - next) == len && strncasecmp(next, word, len) == 0)
			return true;
	}
}

/* Reads what the headers say of the connection and of a body, of which there must be none. */
static long
read_framing(struct http_input *input)
{
	int hosts = 0, lengths = 0;

	input->is_kept = input->is_1_1;
	for (size_t i = 0; i < input->count; i++) {
		const struct http_header *header = &input->headers[i];

		if (strcasecmp(header->name, "Transfer-Encoding") == 0)
			return refuse(input, REFUSED, "a body");
		if (strcasecmp(header->name, "Content-Length") == 0 &&
		    (lengths++ > 0 || strcmp(header->value, "0") != 0))
			return refuse(input, REFUSED, "a body");
		if (strcasecmp(header->name, "Connection") == 0 &&
		    has_word(header->value, "close"))
			input->is_kept = false;
		hosts += strcasecmp(header->name, "Host") == 0;
	}
	if (hosts > 1 || (hosts == 0 && input->is_1_1))
		return refuse(input, REFUSED, hosts == 0 ? "no Host" : "more than one Host");
	return 1;
}

static long
read_headers(struct http_input *input, int64_t deadline)
{
	char *line;
	size_t len;
	long got;

	while ((got = take_line(input, &line, &len, deadline)) > 0 && len > 0)
		if ((got = read_header(input, line, len)) < 0)
			return got;
	if (got < 0)
		return got;
	/* Of two requests at once, the gateway may know of one: the answers would be mixed up. */
	if (input->line < input->filled)
		return refuse(input, REFUSED, "something behind the request");
	return read_framing(input);
}

long
http_input_begin(struct http_input *input, const struct source *source, int64_t deadline)
{
	char *line;
	size_t len;
	long got;

	/* All but what is only read as far as it was written. */
	input->method = input->target = NULL;
	input->is_1_1 = input->is_kept = false;
	input->count = 0;
	input->refusal = 0;
	input->fault = NULL;
	input->source = *source;
	input->line = input->next = input->filled = 0;
	/* A peer that closes a connection between two requests does nothing wrong. */
	if ((got = fill(input, deadline)) <= 0)
		return got;
	if ((got = take_line(input, &line, &len, deadline)) < 0)
		return got;
	if ((got = read_request_line(input, line, len)) < 0)
		return got;
	return read_headers(input, deadline);
}

void
http_input_clear(struct http_input *input)
{
	secret_wipe(input->buffer, input->filled);
}
