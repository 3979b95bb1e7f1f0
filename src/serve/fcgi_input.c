/* fcgi_input: takes in one request of FastCGI 1.0, as a web server sends it. */
#include "serve/fcgi_input.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

/* FastCGI 1.0, section 8. */
enum { VERSION_1 = 1, HEADER_SIZE = 8, BEGIN_SIZE = 8, KEEP_CONN = 1 };
enum { TYPE_BEGIN_REQUEST = 1, TYPE_PARAMS = 4, TYPE_STDIN = 5 };
enum { ROLE_RESPONDER = 1, ROLE_AUTHORIZER = 2 };

/* A parameter within the block. */
struct pair {
	size_t name, name_len;
	size_t value, value_len;
};

static long
fail(struct fcgi_input *input, long failure, const char *fault)
{
	input->failure = failure;
	input->fault = fault;
	return failure;
}

/* Puts something in the buffer where it is empty. Returns 1, 0 at the end of input, or WIRE_*. */
static long
fill(struct fcgi_input *input, int64_t deadline)
{
	long got;

	if (input->next < input->filled)
		return 1;
	got = input->source.read(input->source.arg, input->buffer, sizeof(input->buffer),
	    deadline);
	if (got <= 0)
		return got;
	input->next = 0;
	input->filled = (size_t)got;
	if (input->filled > input->used)
		input->used = input->filled;
	return 1;
}

/* Takes up to size bytes, data NULL: away; 1 at least. What ends in the middle is broken. */
static long
take_some(struct fcgi_input *input, void *data, size_t size, int64_t deadline)
{
	long got = fill(input, deadline);
	size_t len = input->filled - input->next;

	if (got <= 0)
		return fail(input, got == 0 ? WIRE_BROKEN : got, NULL);
	if (len > size)
		len = size;
	if (data != NULL)
		memcpy(data, input->buffer + input->next, len);
	input->next += len;
	return (long)len;
}

/* Takes all of size bytes. Returns 1 or WIRE_*. */
static long
take(struct fcgi_input *input, void *data, size_t size, int64_t deadline)
{
	char *to = data;
	long got;

	for (; size > 0; size -= (size_t)got) {
		if ((got = take_some(input, to, size, deadline)) < 0)
			return got;
		if (to != NULL)
			to += got;
	}
	return 1;
}

static long
skip_padding(struct fcgi_input *input, int64_t deadline)
{
	const size_t padding = input->padding;

	input->padding = 0;
	return take(input, NULL, padding, deadline);
}

/* Goes on to the content of the next record, which must be of that type and of this request. */
static long
next_record(struct fcgi_input *input, int type, int64_t deadline)
{
	unsigned char header[HEADER_SIZE];
	uint16_t request_id;
	long got;

	if ((got = skip_padding(input, deadline)) < 0)
		return got;
	if ((got = take(input, header, sizeof(header), deadline)) < 0)
		return got;
	if (header[0] != VERSION_1)
		return fail(input, WIRE_BROKEN, "not FastCGI 1.0");
	if (header[1] != type)
		return fail(input, WIRE_BROKEN, "a record of another type than comes next");
	request_id = (uint16_t)(header[2] << 8 | header[3]);
	if (type == TYPE_BEGIN_REQUEST)
		input->request_id = request_id;
	if (request_id == 0 || request_id != input->request_id)
		return fail(input, WIRE_BROKEN, "a record of another request");
	input->content = (size_t)header[4] << 8 | header[5];
	input->padding = header[6];
	return 1;
}

static long
begin_request(struct fcgi_input *input, int64_t deadline)
{
	unsigned char begin[BEGIN_SIZE];
	int role;
	long got;

	if ((got = next_record(input, TYPE_BEGIN_REQUEST, deadline)) < 0)
		return got;
	if (input->content != sizeof(begin))
		return fail(input, WIRE_BROKEN, "a request that begins with another length");
	input->content = 0;
	if ((got = take(input, begin, sizeof(begin), deadline)) < 0)
		return got;
	role = begin[0] << 8 | begin[1];
	if (role != ROLE_RESPONDER && role != ROLE_AUTHORIZER)
		return fail(input, WIRE_BROKEN, "an unknown role");
	input->is_authorizer = role == ROLE_AUTHORIZER;
	input->is_kept = (begin[2] & KEEP_CONN) != 0;
	return 1;
}

static void
drop_block(struct fcgi_input *input)
{
	secret_wipe(input->block, input->block_len);
	if (input->block != input->own_block)
		free(input->block);
}

/* Makes room in the block, which moves. */
static bool
reserve(struct fcgi_input *input, size_t size)
{
	size_t room = input->block_size;
	char *block;

	if (size <= input->block_size)
		return true;
	while (room < size)
		room *= 2;
	if ((block = malloc(room)) == NULL)
		return false;
	memcpy(block, input->block, input->block_len);
	drop_block(input);
	input->block = block;
	input->block_size = room;
	return true;
}

/* Collects what the records of the parameters hold. */
static long
read_block(struct fcgi_input *input, int64_t deadline)
{
	long got;

	while ((got = next_record(input, TYPE_PARAMS, deadline)) > 0 && input->content > 0) {
		if (input->content > FCGI_INPUT_PARAMS_MAX - input->block_len)
			return fail(input, WIRE_BROKEN, "parameters of more than 64 KiB");
		if (!reserve(input, input->block_len + input->content))
			return fail(input, WIRE_BROKEN, "no memory for the parameters");
		got = take(input, input->block + input->block_len, input->content, deadline);
		if (got < 0)
			return got;
		input->block_len += input->content;
		input->content = 0;
	}
	return got < 0 ? got : skip_padding(input, deadline);
}

/* A length has one byte, or four, whose first bit is set then. Returns whether it is all there. */
static bool
read_length(const struct fcgi_input *input, size_t *at, size_t *length)
{
	const unsigned char *from = (const unsigned char *)input->block + *at;
	const size_t left = input->block_len - *at;

	if (left < 1 || (from[0] >= 0x80 && left < 4))
		return false;
	*at += from[0] < 0x80 ? 1 : 4;
	*length = from[0];
	if (from[0] >= 0x80)
		*length = (size_t)(from[0] & 0x7f) << 24 | (size_t)from[1] << 16 |
		    (size_t)from[2] << 8 | from[3];
	return true;
}

/* Reads the parameter at *at, and goes on to the next. Returns NULL, or what is not in order. */
static const char *
read_pair(const struct fcgi_input *input, size_t *at, struct pair *pair)
{
	size_t left;

	if (!read_length(input, at, &pair->name_len) || !read_length(input, at, &pair->value_len))
		return "a parameter that is cut off";
	left = input->block_len - *at;
	if (pair->name_len > left || pair->value_len > left - pair->name_len)
		return "a parameter that is longer than all of them";
	pair->name = *at;
	pair->value = pair->name + pair->name_len;
	*at = pair->value + pair->value_len;
	if (pair->name_len == 0 || memchr(input->block + pair->name, '=', pair->name_len) != NULL)
		return "a parameter without a name, or with = in it";
	if (memchr(input->block + pair->name, '\0', pair->name_len + pair->value_len) != NULL)
		return "a parameter with NUL in it";
	return NULL;
}

/*
 * Writes NAME=value over what came: the two lengths take up as much room as '=' and the NUL at
 * least, so that never reaches the next one.
 */
static char *
write_param(struct fcgi_input *input, size_t to, const struct pair *pair)
{
	char *param = input->block + to;

	memmove(param, input->block + pair->name, pair->name_len);
	param[pair->name_len] = '=';
	memmove(param + pair->name_len + 1, input->block + pair->value, pair->value_len);
	param[pair->name_len + 1 + pair->value_len] = '\0';
	return param;
}

static long
parse_block(struct fcgi_input *input)
{
	size_t count = 0, at, from;
	const char *fault;
	struct pair pair;

	for (at = 0; at < input->block_len; count++)
		if ((fault = read_pair(input, &at, &pair)) != NULL)
			return fail(input, WIRE_BROKEN, fault);
	if ((input->params = calloc(count + 1, sizeof(*input->params))) == NULL)
		return fail(input, WIRE_BROKEN, "no memory for the parameters");
	count = 0;
	for (from = at = 0; at < input->block_len; from = at) {
		(void)read_pair(input, &at, &pair);
		input->params[count++] = write_param(input, from, &pair);
	}
	return 1;
}

long
fcgi_input_begin(struct fcgi_input *input, const struct source *source, int64_t deadline)
{
	long got;

	/* All but what is only read as far as it was written. */
	memset(input, 0, offsetof(struct fcgi_input, buffer));
	input->source = *source;
	input->block = input->own_block;
	input->block_size = sizeof(input->own_block);
	/* Who has nothing to say may go. */
	if ((got = fill(input, deadline)) == 0)
		return 0;
	if (got < 0)
		return fail(input, got, NULL);
	if ((got = begin_request(input, deadline)) < 0)
		return got;
	if ((got = read_block(input, deadline)) < 0)
		return got;
	return parse_block(input);
}

long
fcgi_input_read(struct fcgi_input *input, void *data, size_t size, int64_t deadline)
{
	long got;

	while (input->failure == 0 && !input->is_at_end && input->content == 0)
		if (next_record(input, TYPE_STDIN, deadline) > 0 && input->content == 0)
			input->is_at_end = skip_padding(input, deadline) > 0;
	if (input->failure != 0)
		return input->failure;
	if (input->is_at_end)
		return 0;
	got = take_some(input, data, size < input->content ? size : input->content, deadline);
	if (got > 0)
		input->content -= (size_t)got;
	return got;
}

bool
fcgi_input_is_spent(const struct fcgi_input *input)
{
	return input->is_at_end && input->next == input->filled;
}

void
fcgi_input_clear(struct fcgi_input *input)
{
	drop_block(input);
	secret_wipe(input->buffer, input->used);
	free(input->params);
}
