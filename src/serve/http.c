/* http: serves one request over HTTP/1.1. */
#include "serve/http.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "serve/http_input.h"
#include "serve/http_question.h"
#include "serve/stream.h"

enum {
	MALFORMED = 400,
	LEFTOVER_MAX = 64 * 1024,	/* of what is refused, so that the refusal arrives */
	LEFTOVER_MS = 1000,		/* for that */
};

static long
read_connection(void *arg, void *data, size_t size, int64_t deadline)
{
	const struct exchange *exchange = arg;

	return exchange_read(exchange, data, size, deadline);
}

/* There is no body. */
static long
read_body(struct wire *wire, char *data, size_t size, int64_t deadline)
{
	(void)wire, (void)data, (void)size, (void)deadline;
	return 0;
}

/* What one thread works with. */
struct work {
	const struct exchange *exchange;	/* borrowed */
	bool is_written;			/* all of the answer */
};

static bool
write_answer(struct wire *wire, const char *data, size_t len)
{
	struct work *work = wire->handle;

	work->is_written = stream_write(work->exchange->fd, data, len);
	return work->is_written;
}

static const char *
reason_phrase(int status)
{
	switch (status) {
	case MALFORMED:
		return "Bad Request";
	case 431:
		return "Request Header Fields Too Large";
	}
	return "HTTP Version Not Supported";
}

/* Says what was not in order; a peer that is gone or slow is no matter. */
static void
refuse(const struct exchange *exchange, int status, const char *fault)
{
	int64_t deadline = clock_ms() + LEFTOVER_MS;
	char answer[128];
	int len;

	if (fault == NULL)
		return;
	log_event(LEVEL_WARNING, "refused a malformed request", LOG_TEXT("reason", fault));
	len = snprintf(answer, sizeof(answer),
	    "HTTP/1.1 %d %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", status,
	    reason_phrase(status));
	if (stream_write(exchange->fd, answer, (size_t)len))
		stream_end(exchange->fd, LEFTOVER_MAX, deadline);
}

/* Answers; returns whether the connection may be kept. */
static bool
answer(const struct exchange *exchange, const struct http_input *input,
    const struct http_question *question)
{
	struct work work = { .exchange = exchange };
	struct wire wire = {
		.params = question->params,
		.form = strcmp(input->method, "HEAD") == 0 ? WIRE_HTTP_HEAD : WIRE_HTTP,
		.is_last = !input->is_kept,
		.read = read_body,
		.write = write_answer,
		.handle = &work,
	};

	endpoint_serve(exchange->pool->endpoints, exchange->service, &wire);
	return work.is_written && input->is_kept;
}

bool
http_serve(const struct exchange *exchange)
{
	const struct source source = { read_connection, (void *)(uintptr_t)exchange };
	const char *path = exchange->pool->endpoints->path;
	struct http_question question;
	struct http_input input;
	bool is_kept = false;

	if (http_input_begin(&input, &source, clock_ms() + exchange->patience_ms) <= 0) {
		refuse(exchange, input.refusal, input.fault);
	} else {
		if (http_question_read(&question, &input, path) > 0)
			is_kept = answer(exchange, &input, &question);
		else
			refuse(exchange, MALFORMED, question.fault);
		http_question_clear(&question);
	}
	http_input_clear(&input);
	if (!is_kept)
		(void)close(exchange->fd);
	return is_kept;
}
