/* fastcgi: asks a responder at its socket, as a web server would. */
#include "ctl/doctor/fastcgi.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

/* FastCGI 1.0, section 8. */
enum { BEGIN_REQUEST = 1, END_REQUEST = 3, PARAMS = 4, STDIN = 5, STDOUT = 6, RESPONDER = 1 };

enum { HEADER_LEN = 8, PATIENCE_S = 2, REQUEST_SIZE = 1024, ANSWER_SIZE = 1 << 16 };

struct request {
	unsigned char bytes[REQUEST_SIZE];
	size_t len;
};

static void
add_record(struct request *request, int type, const void *content, size_t len)
{
	const unsigned char header[HEADER_LEN] = {
		1, (unsigned char)type, 0, 1, (unsigned char)(len >> 8), (unsigned char)len,
	};

	memcpy(request->bytes + request->len, header, sizeof(header));
	if (len > 0)
		memcpy(request->bytes + request->len + sizeof(header), content, len);
	request->len += sizeof(header) + len;
}

static void
make_request(const char *path, struct request *request)
{
	const char *const pairs[][2] = {
		{ "REQUEST_METHOD", "GET" }, { "QUERY_STRING", "" }, { "CONTENT_LENGTH", "" },
		{ "SCRIPT_NAME", path }, { "REQUEST_URI", path }, { "REMOTE_ADDR", "127.0.0.1" },
		{ "HTTP_USER_AGENT", "bearward doctor" },
	};
	const unsigned char begin[8] = { 0, RESPONDER };
	char params[512];
	size_t len = 0;

	request->len = 0;
	add_record(request, BEGIN_REQUEST, begin, sizeof(begin));
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		len += (size_t)snprintf(params + len, sizeof(params) - len, "%c%c%s%s",
		    (int)strlen(pairs[i][0]), (int)strlen(pairs[i][1]), pairs[i][0], pairs[i][1]);
	add_record(request, PARAMS, params, len);
	add_record(request, PARAMS, NULL, 0);
	add_record(request, STDIN, NULL, 0);
}

static int
connect_to(const char *path)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int reason;

	if (fd < 0)
		return -1;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	reason = errno;
	(void)close(fd);
	errno = reason;
	return -1;
}

/* Whoever runs under the name of a responder may write a byte now and then, for ever. */
static bool
read_whole(int fd, int64_t until, void *bytes, size_t len)
{
	size_t got = 0;
	ssize_t n = 1;

	while (got < len && n > 0) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		const int64_t left = until - clock_ms();

		errno = EAGAIN;
		if (left <= 0 || poll(&ready, 1, (int)left) <= 0)
			return false;
		n = recv(fd, (char *)bytes + got, len - got, 0);
		got += n > 0 ? (size_t)n : 0;
	}
	return got == len;
}

/* Reads what the responder writes, until it has ended, or text is full. */
static bool
read_answer(int fd, char text[ANSWER_SIZE])
{
	const int64_t until = clock_ms() + PATIENCE_S * 1000;
	unsigned char header[HEADER_LEN];
	size_t len = 0;

	*text = '\0';
	while (read_whole(fd, until, header, sizeof(header))) {
		const size_t content_len = (size_t)(header[4] << 8 | header[5]);
		char content[(1 << 16) + 256];

		if (!read_whole(fd, until, content, content_len + header[6]))
			return false;
		if (header[1] == END_REQUEST)
			return true;
		if (header[1] != STDOUT || len + content_len >= ANSWER_SIZE)
			continue;
		memcpy(text + len, content, content_len);
		text[len += content_len] = '\0';
	}
	return false;
}

static void
take_answer(const char *text, struct fastcgi_answer *answer)
{
	const char *status = strstr(text, "Status: "), *body = strstr(text, "\r\n\r\n");

	answer->status = status == NULL ? 200 : (int)strtol(status + 8, NULL, 10);
	snprintf(answer->body, sizeof(answer->body), "%s", body != NULL ? body + 4 : "");
}

void
fastcgi_get(const char *socket_path, const char *path, struct fastcgi_answer *answer)
{
	char text[ANSWER_SIZE];
	struct request request;
	const int fd = connect_to(socket_path);

	*answer = (struct fastcgi_answer){0};
	make_request(path, &request);
	if (fd < 0) {
		snprintf(answer->fault, sizeof(answer->fault), "%s", strerror(errno));
		return;
	}
	errno = 0;
	if (send(fd, request.bytes, request.len, MSG_NOSIGNAL) == (ssize_t)request.len &&
	    read_answer(fd, text))
		take_answer(text, answer);
	else
		snprintf(answer->fault, sizeof(answer->fault), "%s", errno == EAGAIN
		    ? "no answer within two seconds" : "it closes the connection");
	(void)close(fd);
}
