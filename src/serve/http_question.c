/* http_question: makes of a request over HTTP what a web server says over FastCGI. */
#include "serve/http_question.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/secret.h"
#include "base/text.h"
#include "http/gateway.h"

/* Headers that are no client's, or that say how the connection is used. */
enum special {
	ORIGINAL_METHOD, ORIGINAL_URI, FORWARDED_METHOD, FORWARDED_URI, FORWARDED_HOST,
	FORWARDED_PROTO, REAL_IP, HOST, ONCE, FORWARDED_FOR = ONCE, CONNECTION, CONTENT_LENGTH,
	SPECIALS
};

static const char *const special_names[SPECIALS] = {
	[ORIGINAL_METHOD] = "X-Original-Method", [ORIGINAL_URI] = "X-Original-URI",
	[FORWARDED_METHOD] = "X-Forwarded-Method", [FORWARDED_URI] = "X-Forwarded-Uri",
	[FORWARDED_HOST] = "X-Forwarded-Host", [FORWARDED_PROTO] = "X-Forwarded-Proto",
	[REAL_IP] = "X-Real-IP", [HOST] = "Host", [FORWARDED_FOR] = "X-Forwarded-For",
	[CONNECTION] = "Connection", [CONTENT_LENGTH] = "Content-Length",
};

enum { ADDRESS_LEN_MAX = 64, OVERHEAD = 16 };

static long
refuse(struct http_question *question, const char *fault)
{
	question->fault = fault;
	return WIRE_BROKEN;
}

/* Makes room for all that a request can become. */
static bool
reserve(struct http_question *question, const struct http_input *input)
{
	size_t size = strlen(input->method) + strlen(input->target) + OVERHEAD;
	size_t count = input->count + 8;

	for (const char *c = input->target; *c != '\0'; c++)
		count += *c == '&';
	/* "HTTP_", "=" and the NUL; the names that we give are no longer than theirs. */
	for (size_t i = 0; i < input->count; i++)
		size += strlen(input->headers[i].name) + strlen(input->headers[i].value) +
		    OVERHEAD;
	if (size > sizeof(question->own_block))
		question->block = malloc(size);
	question->block_size = size;
	if (count > sizeof(question->own_params) / sizeof(question->own_params[0]))
		question->params = calloc(count, sizeof(question->params[0]));
	return question->block != NULL && question->params != NULL;
}

/* Begins a parameter: there is room for it. */
static char *
begin_param(struct http_question *question, const char *start, size_t len)
{
	char *param = question->block + question->block_len;

	assert(question->block_len + len < question->block_size);
	memcpy(param, start, len);
	question->params[question->count++] = param;
	return param + len;
}

static void
put(struct http_question *question, const char *start, const char *value)
{
	char *param = begin_param(question, start, strlen(start));

	memcpy(param, value, strlen(value) + 1);
	question->block_len = (size_t)(param - question->block) + strlen(value) + 1;
	assert(question->block_len <= question->block_size);
}

/*
 * HTTP_NAME. With names of other characters, two could become one: an underscore is what a hyphen
 * becomes. Nobody reads them.
 */
static void
put_header(struct http_question *question, const struct http_header *header)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";
	char name[] = "HTTP_";
	char *to;

	if (header->name[strspn(header->name, plain)] != '\0')
		return;
	to = begin_param(question, name, sizeof(name) - 1);
	for (const char *from = header->name; *from != '\0'; from++) {
		const bool is_small = *from >= 'a' && *from <= 'z';

		*to++ = *from == '-' ? '_' : is_small ? (char)(*from - 'a' + 'A') : *from;
	}
	*to++ = '=';
	memcpy(to, header->value, strlen(header->value) + 1);
	question->block_len = (size_t)(to - question->block) + strlen(header->value) + 1;
	assert(question->block_len <= question->block_size);
}

static enum special
find_special(const char *name)
{
	enum special special = ORIGINAL_METHOD;

	while (special < SPECIALS && strcasecmp(name, special_names[special]) != 0)
		special++;
	return special;
}

/* Sorts the headers: what is a client's is put; of X-Forwarded-For, the last one counts. */
static long
sort_headers(struct http_question *question, const struct http_input *input,
    const char *given[SPECIALS])
{
	for (size_t i = 0; i < input->count; i++) {
		const struct http_header *header = &input->headers[i];
		const enum special special = find_special(header->name);

		if (special == SPECIALS)
			put_header(question, header);
		else if (special < ONCE && given[special] != NULL)
			return refuse(question, "a header of the gateway is given twice");
		else
			given[special] = header->value;
	}
	return 1;
}

/* One of two headers that mean the same; NULL: neither. False: they disagree. */
static bool
agree(const char *one, const char *other, const char **value)
{
	*value = one == NULL ? other : one;
	return one == NULL || other == NULL || strcmp(one, other) == 0;
}

static long
put_original(struct http_question *question, const struct http_input *input,
    const char *const given[SPECIALS])
{
	const char *method, *uri;

	if (!agree(given[ORIGINAL_METHOD], given[FORWARDED_METHOD], &method) ||
	    !agree(given[ORIGINAL_URI], given[FORWARDED_URI], &uri))
		return refuse(question, "X-Original- and X-Forwarded- headers disagree");
	if (method == NULL && uri != NULL)
		return refuse(question, "a path without a method: set X-Original-Method");
	if (method == NULL)
		method = input->method;
	if (!http_input_is_method(method))
		return refuse(question, "a method that is none");
	put(question, "REQUEST_METHOD=", method);
	if (uri != NULL && *uri == '\0')
		return refuse(question, "an empty path");
	if (uri != NULL)
		put(question, "REQUEST_URI=", uri);
	return 1;
}

/* Some gateways name the scheme of a WebSocket. */
static long
put_scheme(struct http_question *question, const char *scheme)
{
	if (strcasecmp(scheme, "https") == 0 || strcasecmp(scheme, "wss") == 0)
		put(question, "REQUEST_SCHEME=", "https");
	else if (strcasecmp(scheme, "http") == 0 || strcasecmp(scheme, "ws") == 0)
		put(question, "REQUEST_SCHEME=", "http");
	else
		return refuse(question, "X-Forwarded-Proto is neither http nor https");
	return 1;
}

/* The last address of a list is the one that the gateway itself has seen. */
static long
put_address(struct http_question *question, const char *list)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.:%_-";
	const char *comma = strrchr(list, ','), *address = comma == NULL ? list : comma + 1;

	address += strspn(address, " \t");
	if (*address == '\0' || strlen(address) > ADDRESS_LEN_MAX ||
	    address[strspn(address, plain)] != '\0')
		return refuse(question, "the address of the client is none");
	put(question, "REMOTE_ADDR=", address);
	return 1;
}

static bool
is_given(const char *value)
{
	return value != NULL && *value != '\0';
}

/* Whence the request came, and where it went. */
static long
put_ends(struct http_question *question, const char *const given[SPECIALS])
{
	const char *host = is_given(given[FORWARDED_HOST]) ? given[FORWARDED_HOST] : given[HOST];
	const char *address = is_given(given[REAL_IP]) ? given[REAL_IP] : given[FORWARDED_FOR];
	long got = 1;

	if (host != NULL)
		put(question, "HTTP_HOST=", host);
	if (is_given(given[FORWARDED_PROTO]) &&
	    (got = put_scheme(question, given[FORWARDED_PROTO])) < 0)
		return got;
	return is_given(address) ? put_address(question, address) : got;
}

static bool
has_control(const char *text)
{
	for (const char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return true;
	return false;
}

/*
 * Takes NAME=value of the query: a name is written as it is, and a plus sign, which some take for
 * a space, as %2B. What is no demand is a demand that somebody has misspelt.
 */
static long
put_demand(struct http_question *question, const char *pair, size_t len)
{
	const char *equals = memchr(pair, '=', len);
	const size_t name_len = equals == NULL ? len : (size_t)(equals - pair) + 1;
	size_t value_len = len - name_len;
	char *value;

	if (equals == NULL || memchr(pair, '%', name_len) != NULL)
		return refuse(question, "the query has something else than NAME=value");
	if (memchr(pair, '+', len) != NULL)
		return refuse(question, "the query has a plus sign: write %20 or %2B");
	value = begin_param(question, pair, name_len);
	memcpy(value, pair + name_len, value_len);
	value[value_len] = '\0';
	if (text_decode_form(value, &value_len) != ERR_OK)
		return refuse(question, "the query cannot be decoded");
	if (has_control(value))
		return refuse(question, "the query has a control character in it");
	question->block_len = (size_t)(value - question->block) + value_len + 1;
	assert(question->block_len <= question->block_size);
	if (!gateway_is_demand(question->params[question->count - 1]))
		return refuse(question, "the query has a parameter that is no demand");
	return 1;
}

static long
put_demands(struct http_question *question, const char *target, const char *path)
{
	const size_t path_len = strlen(path);
	long got = 1;

	if (strncmp(target, path, path_len) != 0 ||
	    (target[path_len] != '\0' && target[path_len] != '?'))
		return refuse(question, "the path of another");
	if (target[path_len] == '\0' || target[path_len + 1] == '\0')
		return 1;
	for (const char *pair = target + path_len + 1; got > 0; ) {
		const size_t len = strcspn(pair, "&");

		got = put_demand(question, pair, len);
		if (pair[len] == '\0')
			break;
		pair += len + 1;
	}
	return got;
}

static long
make(struct http_question *question, const struct http_input *input, const char *path)
{
	const char *given[SPECIALS] = {0};
	long got;

	if ((got = put_demands(question, input->target, path)) < 0)
		return got;
	if ((got = sort_headers(question, input, given)) < 0)
		return got;
	if ((got = put_original(question, input, given)) < 0)
		return got;
	return put_ends(question, given);
}

static void
drop_params(struct http_question *question)
{
	if (question->params != question->own_params)
		free(question->params);
	question->params = NULL;
}

long
http_question_read(struct http_question *question, const struct http_input *input,
    const char *path)
{
	long got;

	question->fault = NULL;
	question->count = question->block_len = 0;
	question->block = question->own_block;
	question->params = question->own_params;
	if (!reserve(question, input))
		got = refuse(question, "no memory for the headers");
	else
		got = make(question, input, path);
	if (got < 0)
		drop_params(question);
	else
		question->params[question->count] = NULL;
	return got;
}

void
http_question_clear(struct http_question *question)
{
	if (question->block != NULL)
		secret_wipe(question->block, question->block_len);
	if (question->block != question->own_block)
		free(question->block);
	drop_params(question);
}
