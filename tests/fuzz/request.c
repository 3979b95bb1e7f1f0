/*
 * request: what a web server hands over: a parameter a line, an empty line, and the body. A body
 * that is accepted has the length and the media type that one parameter each announces.
 */
#include "fuzz.h"

#include <strings.h>

#include "http/request.h"

enum { PARAMETERS_MAX = 32 };

/* The body, and how far it was read. */
struct body {
	const char *next;
	size_t left;
};

static long
read_body(struct wire *wire, char *data, size_t size, int64_t deadline)
{
	struct body *body = wire->handle;
	/* In pieces, as it may come. */
	size_t len = body->left < size ? body->left : size;

	(void)deadline;
	len = len > 7 ? 7 : len;
	memcpy(data, body->next, len);
	body->next += len;
	body->left -= len;
	return (long)len;
}

static size_t
count(char *const *params, const char *name, const char **value)
{
	size_t found = 0;

	for (; *params != NULL; params++) {
		if (strncmp(*params, name, strlen(name)) != 0 || (*params)[strlen(name)] != '=')
			continue;
		*value = *params + strlen(name) + 1;
		found++;
	}
	return found;
}

static void
check_accepted(const struct request *request, char *const *params, unsigned media,
    const char *body, size_t body_len)
{
	const char *header = NULL, *length = NULL;
	struct media_type type;

	assert(count(params, "CONTENT_LENGTH", &length) == 1);
	assert(strlen(length) <= 10 && strspn(length, "0123456789") == strlen(length));
	assert(strtoul(length, NULL, 10) == request->body_len);
	assert(request->body_len == body_len || request->wire->ends_at_length);
	assert(request->body_len <= body_len && request->body_len <= 1024);
	assert(count(params, "CONTENT_TYPE", &header) == 1);
	assert(strchr(header, ',') == NULL);
	assert(media_read(header, media, &type) == ERR_OK);
	assert(strncasecmp(header, media_name(type.media), strlen(media_name(type.media))) == 0);
	assert(type.media != MEDIA_MULTIPART ||
	    (type.boundary_len > 0 && strspn(type.boundary, "\"\\\t\x7f") == 0));
	if (media == MEDIA_JSON && body_len == request->body_len)
		assert(memcmp(request->body, body, body_len) == 0);
}

static void
check(char *const *params, unsigned media, bool ends_at_length, const char *body, size_t len)
{
	const struct config config = {
		.body_limit = 1024, .body_deadline = 1000, .dialect = dialect_find("fastapi"),
	};
	struct body left = { body, len };
	struct wire wire = {
		.params = params, .read = read_body, .handle = &left,
		.ends_at_length = ends_at_length,
	};
	struct request request;
	const char *path = "";

	if (request_init(&request, &wire, METHOD_POST) == ERR_OK) {
		(void)count(params, "PATH_INFO", &path);
		assert(request.method == METHOD_POST);
		if (request_read_body(&request, media, &config) == ERR_OK)
			check_accepted(&request, params, media, body, len);
	}
	request_clear(&request);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int i = 0; i < 4; i++) {
		char *text = fuzz_text(data, size), *rest = text;
		char *params[PARAMETERS_MAX + 1] = {0};

		for (size_t j = 0; j < PARAMETERS_MAX && rest != NULL; j++) {
			char *param = strsep(&rest, "\n");

			if (*param == '\0')
				break;
			params[j] = param;
		}
		if (rest != NULL)
			check(params, i < 2 ? MEDIA_FORM | MEDIA_MULTIPART : MEDIA_JSON,
			    i % 2 == 1, rest, size - (size_t)(rest - text));
		free(text);
	}
	return 0;
}
