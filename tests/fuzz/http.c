/*
 * http: what a gateway, or somebody else, sends over HTTP. A head that is accepted is the same
 * when it comes byte by byte, and says the same when it is written again from what was understood;
 * what comes of it is NAME=value, and nothing that only a web server says comes of a header.
 */
#include "fuzz.h"

#include "serve/http_question.h"

#include "../unit/serve/peer.h"

#define BEHIND "something behind the request"

static long
read_head(struct http_input *input, const void *data, size_t size, size_t step)
{
	struct peer peer = { .data = data, .len = size, .step = step };
	const struct source source = { peer_read, &peer };
	const long got = http_input_begin(input, &source, 0);

	assert(got == 1 || got == WIRE_BROKEN || (got == 0 && size == 0));
	assert((input->fault == NULL) == (input->refusal == 0));
	assert(got != 1 || input->fault == NULL);
	assert(input->refusal == 0 || input->refusal == 400 || input->refusal == 431 ||
	    input->refusal == 505);
	return got;
}

/* Writes a head from what was understood of one. It is no longer than that was. */
static size_t
write_head(const struct http_input *input, char text[HTTP_INPUT_HEAD_MAX + 1])
{
	int len = snprintf(text, HTTP_INPUT_HEAD_MAX + 1, "%s %s HTTP/1.%c\r\n", input->method,
	    input->target, input->is_1_1 ? '1' : '0');

	for (size_t i = 0; i < input->count; i++)
		len += snprintf(text + len, HTTP_INPUT_HEAD_MAX + 1 - (size_t)len, "%s:%s\r\n",
		    input->headers[i].name, input->headers[i].value);
	len += snprintf(text + len, HTTP_INPUT_HEAD_MAX + 1 - (size_t)len, "\r\n");
	assert(len <= HTTP_INPUT_HEAD_MAX);
	return (size_t)len;
}

static void
check_same(const struct http_input *one, const struct http_input *other)
{
	assert(strcmp(one->method, other->method) == 0 && one->is_1_1 == other->is_1_1);
	assert(strcmp(one->target, other->target) == 0 && one->is_kept == other->is_kept);
	assert(one->count == other->count);
	for (size_t i = 0; i < one->count; i++) {
		assert(strcmp(one->headers[i].name, other->headers[i].name) == 0);
		assert(strcmp(one->headers[i].value, other->headers[i].value) == 0);
	}
}

static bool
begins_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* Demands come first, as long as the query has some. */
static void
check_question(const struct http_input *input)
{
	struct http_question question;
	size_t demands = strchr(input->target, '?') != NULL &&
	    strchr(input->target, '?')[1] != '\0' ? 1 : 0;

	for (const char *c = input->target; *c != '\0'; c++)
		demands += *c == '&';
	if (http_question_read(&question, input, "/verify") < 0) {
		assert(question.fault != NULL && question.params == NULL);
	} else {
		assert(begins_with(input->target, "/verify"));
		for (size_t i = 0; question.params[i] != NULL; i++) {
			const char *param = question.params[i];

			assert(strchr(param, '=') > param && strpbrk(param, "\r\n") == NULL);
			assert(begins_with(param, "REQUEST_") || begins_with(param, "HTTP_") ||
			    begins_with(param, "REMOTE_ADDR=") || i < demands);
			assert(i >= demands || begins_with(param, "REQUIRED_") ||
			    begins_with(param, "SIGNIN") || begins_with(param, "ALLOW_") ||
			    begins_with(param, "IDENTITY="));
		}
	}
	http_question_clear(&question);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[HTTP_INPUT_HEAD_MAX + 1];
	static struct http_input first, second;
	const long got = read_head(&first, data, size, size);

	/* Byte by byte, what comes behind a head belongs to the next one. */
	if (got == 1) {
		assert(read_head(&second, data, size, 1) == 1);
		check_same(&first, &second);
		http_input_clear(&second);
		size = write_head(&first, text);
		assert(read_head(&second, text, size, size) == 1);
		check_same(&first, &second);
		http_input_clear(&second);
		check_question(&first);
	} else if (first.fault != NULL && strcmp(first.fault, BEHIND) == 0) {
		/* It may be taken, or refused for what is in the head itself. */
		(void)read_head(&second, data, size, 1);
		http_input_clear(&second);
	} else {
		assert(read_head(&second, data, size, 1) == got);
		assert(first.refusal == second.refusal && first.fault == second.fault);
		http_input_clear(&second);
	}
	http_input_clear(&first);
	return 0;
}
