/* fcgi_answer: a short answer over FastCGI, which leaves in one piece. */
#include "serve/fcgi_answer.h"

#include <fastcgi.h>
#include <string.h>

#include "base/secret.h"
#include "serve/stream.h"

_Static_assert(FCGI_ANSWER_HEADER == FCGI_HEADER_LEN, "headers of records differ");
_Static_assert(FCGI_ANSWER_END == FCGI_HEADER_LEN + sizeof(FCGI_EndRequestRecord),
    "the end of a request differs");

void
fcgi_answer_init(struct fcgi_answer *answer)
{
	answer->len = 0;
}

bool
fcgi_answer_add(struct fcgi_answer *answer, const char *data, size_t len)
{
	if (len > FCGI_ANSWER_MAX - answer->len)
		return false;
	memcpy(answer->bytes + FCGI_ANSWER_HEADER + answer->len, data, len);
	answer->len += len;
	return true;
}

const char *
fcgi_answer_text(const struct fcgi_answer *answer)
{
	return (const char *)answer->bytes + FCGI_ANSWER_HEADER;
}

static FCGI_Header
header(int type, uint16_t request_id, size_t len, size_t padding)
{
	return (FCGI_Header){
		.version = FCGI_VERSION_1, .type = (unsigned char)type,
		.requestIdB1 = (unsigned char)(request_id >> 8),
		.requestIdB0 = (unsigned char)request_id,
		.contentLengthB1 = (unsigned char)(len >> 8),
		.contentLengthB0 = (unsigned char)len,
		.paddingLength = (unsigned char)padding,
	};
}

bool
fcgi_answer_send(struct fcgi_answer *answer, int fd, uint16_t request_id)
{
	const size_t padding = (FCGI_HEADER_LEN - answer->len % FCGI_HEADER_LEN) % FCGI_HEADER_LEN;
	const FCGI_Header begin = header(FCGI_STDOUT, request_id, answer->len, padding);
	const FCGI_Header none = header(FCGI_STDOUT, request_id, 0, 0);
	const FCGI_EndRequestRecord end = {
		.header = header(FCGI_END_REQUEST, request_id, sizeof(end.body), 0),
		.body = { .protocolStatus = FCGI_REQUEST_COMPLETE },
	};
	unsigned char *rest = answer->bytes + FCGI_HEADER_LEN + answer->len;

	memcpy(answer->bytes, &begin, sizeof(begin));
	memset(rest, 0, padding);
	memcpy(rest + padding, &none, sizeof(none));
	memcpy(rest + padding + sizeof(none), &end, sizeof(end));
	rest += padding + FCGI_ANSWER_END;
	return stream_write(fd, (const char *)answer->bytes, (size_t)(rest - answer->bytes));
}

void
fcgi_answer_clear(struct fcgi_answer *answer)
{
	secret_wipe(answer->bytes, FCGI_ANSWER_HEADER + answer->len);
}
