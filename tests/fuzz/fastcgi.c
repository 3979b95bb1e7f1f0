/*
 * fastcgi: what a web server, or somebody else, sends over FastCGI. A request that is accepted has
 * its parameters as NAME=value, within the limit, and is the same when it comes byte by byte.
 */
#include "fuzz.h"

#include "serve/fcgi_input.h"

#include "../unit/serve/peer.h"

static void
check_params(const struct fcgi_input *input, size_t size)
{
	size_t total = 0;

	for (char **param = input->params; *param != NULL; param++) {
		const char *equals = strchr(*param, '=');

		assert(equals != NULL && equals > *param);
		/* In what was sent there were two bytes for '=' and the end. */
		total += strlen(*param) + 1;
	}
	assert(total <= size && total <= FCGI_INPUT_PARAMS_MAX);
}

/* Reads a request with its body. Returns what came of it, and how long the body was. */
static long
read_request(struct peer *peer, struct fcgi_input *input, size_t *body_len)
{
	const struct source source = { peer_read, peer };
	long got = fcgi_input_begin(input, &source, 0);
	char body[100];

	*body_len = 0;
	if (got <= 0) {
		assert(got == 0 ? peer->len == 0 : got == WIRE_BROKEN);
		assert(!fcgi_input_is_spent(input));
		return got;
	}
	check_params(input, peer->len);
	while ((got = fcgi_input_read(input, body, sizeof(body), 0)) > 0)
		*body_len += (size_t)got;
	assert(*body_len <= peer->len);
	assert(got == 0 || got == WIRE_BROKEN);
	assert(fcgi_input_read(input, body, sizeof(body), 0) == got);
	return got == 0 ? 1 : got;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct peer fast = { .data = data, .len = size, .step = size };
	struct peer slow = { .data = data, .len = size, .step = 1 };
	struct fcgi_input first, second;
	size_t first_len, second_len;
	const long got = read_request(&fast, &first, &first_len);

	assert(read_request(&slow, &second, &second_len) == got);
	assert(first_len == second_len && first.fault == second.fault);
	assert((first.params == NULL) == (second.params == NULL));
	for (size_t i = 0; first.params != NULL && first.params[i] != NULL; i++)
		assert(strcmp(first.params[i], second.params[i]) == 0);
	fcgi_input_clear(&first);
	fcgi_input_clear(&second);
	return 0;
}
