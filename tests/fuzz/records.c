/*
 * records: a request of FastCGI, record by record. What is made of it, in pieces of any size, is
 * what a second reader, which is written here and has all of it at once, makes of it.
 *
 * The first byte of the input is the size of the pieces; 0 is all at once.
 */
#include "fuzz.h"

#include "serve/fcgi_input.h"

/* What comes from the peer, and what was read of it. */
struct peer {
	const uint8_t *data;
	size_t left, piece;
};

/* What the second reader finds. */
struct request {
	const uint8_t *next, *end;
	unsigned int id, padding;
	uint8_t role, flags;
	uint8_t *block;			/* owned: all parameters */
	size_t block_len;
	uint8_t *body;			/* owned */
	size_t body_len;
	bool is_begun, is_ended;
};

static long
read_piece(void *arg, void *data, size_t size, int64_t deadline)
{
	struct peer *peer = arg;
	size_t len = peer->left < size ? peer->left : size;

	(void)deadline;
	if (peer->piece > 0 && len > peer->piece)
		len = peer->piece;
	memcpy(data, peer->data, len);
	peer->data += len;
	peer->left -= len;
	return (long)len;
}

/* Steps over the padding before a record, and its header; content may be cut off. */
static bool
second_header(struct request *r, unsigned int type, size_t *content)
{
	const uint8_t *header;
	unsigned int id;

	if ((size_t)(r->end - r->next) < r->padding + 8)
		return false;
	header = r->next + r->padding;
	id = header[2] * 256u + header[3];
	if (header[0] != 1 || header[1] != type || id == 0 || (r->id != 0 && id != r->id))
		return false;
	r->id = id;
	r->padding = header[6];
	*content = header[4] * 256u + header[5];
	r->next = header + 8;
	return true;
}

static bool
second_begin(struct request *r)
{
	size_t content;

	if (!second_header(r, 1, &content) || content != 8 || r->end - r->next < 8)
		return false;
	r->role = r->next[1];
	r->flags = r->next[2];
	if (r->next[0] != 0 || (r->role != 1 && r->role != 2))
		return false;
	r->next += 8;
	return true;
}

static bool
second_block(struct request *r)
{
	size_t content;

	while (second_header(r, 4, &content)) {
		if (content == 0) {
			if ((size_t)(r->end - r->next) < r->padding)
				return false;
			r->next += r->padding;
			r->padding = 0;
			return true;
		}
		if (r->block_len + content > FCGI_INPUT_PARAMS_MAX ||
		    (size_t)(r->end - r->next) < content)
			return false;
		memcpy(r->block + r->block_len, r->next, content);
		r->block_len += content;
		r->next += content;
	}
	return false;
}

static void
second_body(struct request *r)
{
	size_t content;

	while (second_header(r, 5, &content)) {
		if (content == 0) {
			r->is_ended = (size_t)(r->end - r->next) >= r->padding;
			r->next += r->is_ended ? r->padding : 0;
			return;
		}
		if ((size_t)(r->end - r->next) < content)
			content = (size_t)(r->end - r->next);
		memcpy(r->body + r->body_len, r->next, content);
		r->body_len += content;
		r->next += content;
	}
}

/* Reads one length of the block. */
static bool
second_length(const struct request *r, size_t *at, size_t *len)
{
	const uint8_t *b = r->block + *at;

	if (*at == r->block_len)
		return false;
	if (b[0] < 128) {
		*len = b[0];
		*at += 1;
		return true;
	}
	if (r->block_len - *at < 4)
		return false;
	*len = ((b[0] - 128ul) * 256 + b[1]) * 65536 + b[2] * 256ul + b[3];
	*at += 4;
	return true;
}

/* Whether the block is in order; compares it with params, where there are some. */
static bool
second_params(const struct request *r, char *const *params)
{
	size_t at = 0, name, value;

	for (; at < r->block_len; at += name + value) {
		const char *text;

		if (!second_length(r, &at, &name) || !second_length(r, &at, &value))
			return false;
		if (name + value > r->block_len - at || name == 0)
			return false;
		text = (const char *)r->block + at;
		if (memchr(text, 0, name + value) != NULL || memchr(text, '=', name) != NULL)
			return false;
		if (params == NULL)
			continue;
		assert(*params != NULL && strlen(*params) == name + 1 + value);
		assert(memcmp(*params, text, name) == 0 && (*params)[name] == '=');
		assert(memcmp(*params + name + 1, text + name, value) == 0);
		params++;
	}
	assert(params == NULL || *params == NULL);
	return true;
}

static void
read_second(struct request *r, const uint8_t *data, size_t size)
{
	*r = (struct request){ .next = data, .end = data + size };
	r->block = malloc(FCGI_INPUT_PARAMS_MAX + 1);
	r->body = malloc(size + 1);
	assert(r->block != NULL && r->body != NULL);
	r->is_begun = second_begin(r) && second_block(r) && second_params(r, NULL);
	if (r->is_begun)
		second_body(r);
}

static void
check_body(struct fcgi_input *input, const struct request *r, size_t size)
{
	uint8_t *body = malloc(size + 1), part[100];
	size_t len = 0;
	long got;

	assert(body != NULL);
	while ((got = fcgi_input_read(input, part, 1 + len % sizeof(part), 0)) > 0) {
		assert((size_t)got <= 1 + len % sizeof(part) && len + (size_t)got <= size);
		memcpy(body + len, part, (size_t)got);
		len += (size_t)got;
	}
	assert(got == (r->is_ended ? 0 : WIRE_BROKEN));
	assert(len == r->body_len && memcmp(body, r->body, len) == 0);
	/* There is no way back. */
	assert(fcgi_input_read(input, part, sizeof(part), 0) == got);
	assert(!fcgi_input_is_spent(input) || r->is_ended);
	if (r->is_ended && r->next == r->end)
		assert(fcgi_input_is_spent(input));
	free(body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct peer peer = { data + 1, size == 0 ? 0 : size - 1, size == 0 ? 0 : data[0] };
	const struct source source = { read_piece, &peer };
	struct fcgi_input *input = malloc(sizeof(*input));
	struct request r;
	long got;

	assert(input != NULL);
	if (size > 0) {
		read_second(&r, data + 1, size - 1);
		got = fcgi_input_begin(input, &source, 0);
		assert(got == (r.is_begun ? 1 : size == 1 ? 0 : WIRE_BROKEN));
		if (got == 1) {
			assert(input->request_id == r.id);
			assert(input->is_authorizer == (r.role == 2));
			assert(input->is_kept == ((r.flags & 1) != 0));
			(void)second_params(&r, input->params);
			check_body(input, &r, size);
		}
		fcgi_input_clear(input);
		free(r.block);
		free(r.body);
	}
	free(input);
	return 0;
}
