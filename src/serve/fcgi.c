/* fcgi: serves one request over FastCGI. */
#include "serve/fcgi.h"

#include <errno.h>
#include <fastcgi.h>
#include <fcgiapp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "serve/fcgi_answer.h"
#include "serve/fcgi_input.h"

enum {
	LEFTOVER_MAX = 64 * 1024,	/* of a body nobody wanted, on a kept connection */
	PREFACES = 8,			/* so that few threads wait for one another */
};

/* A file of what libfcgi reads before an answer, for one thread at a time. */
struct preface {
	pthread_mutex_t mutex;
	int fd;				/* owned */
};

/* What becomes of an answer: one record of our own, or libfcgi's, or it could not be begun. */
enum answer_form { FORM_SHORT, FORM_LONG, FORM_NONE };

/* What one thread works with. */
struct worker {
	const struct exchange *exchange;	/* borrowed from its stack */
	struct fcgi_input *input;		/* borrowed from its stack */
	struct fcgi_answer *answer;		/* borrowed from its stack */
	struct preface *preface;		/* borrowed */
	enum answer_form form;
	FCGX_Request request;
};

struct fcgi {
	struct preface prefaces[PREFACES];
	struct worker workers[];	/* as many as there may be threads */
};

static long
read_connection(void *arg, void *data, size_t size, int64_t deadline)
{
	const struct worker *worker = arg;

	return exchange_read(worker->exchange, data, size, deadline);
}

static long
read_body(struct wire *wire, char *data, size_t size, int64_t deadline)
{
	struct worker *worker = wire->handle;

	return fcgi_input_read(worker->input, data, size, deadline);
}

/*
 * libfcgi reads nothing that comes from outside: it trusts each length, and one of 2 GiB makes it
 * end the process. It begins a request when it has read one, so it reads one from a file, which is
 * always the same, and then gets the connection to answer to.
 */
static bool
begin_long_answer(struct worker *worker)
{
	struct preface *preface = worker->preface;
	FCGX_Request *request = &worker->request;
	bool has_begun = false;

	(void)pthread_mutex_lock(&preface->mutex);
	if (preface->fd >= 0 && lseek(preface->fd, 0, SEEK_SET) == 0) {
		/* With a descriptor in place it does not accept one itself. */
		request->ipcFd = preface->fd;
		request->keepConnection = 1;
		has_begun = FCGX_Accept_r(request) == 0;
		/* It closes what it cannot read. */
		if (!has_begun)
			preface->fd = -1;
	}
	(void)pthread_mutex_unlock(&preface->mutex);
	request->ipcFd = has_begun ? worker->exchange->fd : -1;
	request->requestId = worker->input->request_id;
	return has_begun;
}

static bool
write_long(struct worker *worker, const char *data, size_t len)
{
	FCGX_Request *request = &worker->request;

	return FCGX_PutStr(data, (int)len, request->out) == (int)len &&
	    FCGX_GetError(request->out) == 0;
}

/* Leaves the answer to libfcgi, with what there is of it so far. */
static bool
make_long(struct worker *worker)
{
	const struct fcgi_answer *answer = worker->answer;

	if (worker->form == FORM_SHORT) {
		worker->form = begin_long_answer(worker) ? FORM_LONG : FORM_NONE;
		if (worker->form == FORM_LONG)
			(void)write_long(worker, fcgi_answer_text(answer), answer->len);
	}
	return worker->form == FORM_LONG;
}

static bool
write_answer(struct wire *wire, const char *data, size_t len)
{
	struct worker *worker = wire->handle;

	if (worker->form == FORM_SHORT && fcgi_answer_add(worker->answer, data, len))
		return true;
	return make_long(worker) && write_long(worker, data, len);
}

/* What is left of a body would be taken for the next request's: read it off, or give up. */
static bool
has_clean_end(struct wire *wire, int64_t deadline)
{
	const struct worker *worker = wire->handle;
	char rest[4096];
	size_t total = 0;
	long got;

	while ((got = wire->read(wire, rest, sizeof(rest), deadline)) > 0)
		if ((total += (size_t)got) > LEFTOVER_MAX)
			return false;
	return got == 0 && fcgi_input_is_spent(worker->input);
}

/* Ends the request in libfcgi, which closes the connection unless it is kept. */
static bool
finish_long(struct worker *worker, bool is_kept)
{
	const struct exchange *exchange = worker->exchange;
	int64_t closing;

	if (!make_long(worker)) {
		(void)close(exchange->fd);
		return false;
	}
	worker->request.keepConnection = is_kept;
	/* Closing reads off what still comes, for as long as it comes. */
	closing = deadlines_set(exchange->deadlines, exchange->fd,
	    clock_ms() + exchange->patience_ms);
	FCGX_Finish_r(&worker->request);
	/* Once it is closed, another thread may have a connection of that number. */
	deadlines_clear_own(exchange->deadlines, exchange->fd, closing);
	/* It has closed it also where it could not write. */
	is_kept = worker->request.ipcFd >= 0;
	worker->request.ipcFd = -1;
	return is_kept;
}

/* Sends the answer. Returns whether the connection is kept, or else closes it. */
static bool
finish(struct worker *worker, bool is_kept)
{
	const int fd = worker->exchange->fd;

	if (worker->form != FORM_SHORT || !is_kept)
		return finish_long(worker, is_kept);
	if (fcgi_answer_send(worker->answer, fd, worker->input->request_id))
		return true;
	(void)close(fd);
	return false;
}

static bool
serve_request(struct worker *worker)
{
	const struct exchange *exchange = worker->exchange;
	struct wire wire = {
		.params = worker->input->params,
		.is_authorizer = worker->input->is_authorizer,
		.read = read_body,
		.write = write_answer,
		.handle = worker,
	};
	bool is_kept;

	endpoint_serve(exchange->pool->endpoints, exchange->service, &wire);
	/* Some web servers send no stdin to an authorizer: there may be no end to wait for. */
	is_kept = worker->input->is_kept && !wire.is_authorizer &&
	    has_clean_end(&wire, clock_ms() + exchange->patience_ms);
	return finish(worker, is_kept);
}

/* Says what was not in order; a peer that is gone or slow is no matter. */
static void
refuse(const struct worker *worker)
{
	const char *fault = worker->input->fault;

	if (fault != NULL)
		log_event(LEVEL_WARNING, "refused a malformed request",
		    LOG_TEXT("reason", fault));
	(void)close(worker->exchange->fd);
}

static enum err
open_prefaces(struct preface *prefaces)
{
	static const unsigned char request[] = {
		FCGI_VERSION_1, FCGI_BEGIN_REQUEST, 0, 1, 0, 8, 0, 0,
		0, FCGI_RESPONDER, FCGI_KEEP_CONN, 0, 0, 0, 0, 0,
		FCGI_VERSION_1, FCGI_PARAMS, 0, 1, 0, 0, 0, 0,
	};

	for (int i = 0; i < PREFACES; i++) {
		prefaces[i].fd = memfd_create("preface", MFD_CLOEXEC);
		if (write(prefaces[i].fd, request, sizeof(request)) != (ssize_t)sizeof(request)) {
			log_event(LEVEL_ERROR, "cannot make a file in memory",
			    LOG_TEXT("reason", strerror(errno)));
			return ERR_INTERNAL;
		}
	}
	return ERR_OK;
}

static void
close_prefaces(struct preface *prefaces)
{
	for (int i = 0; i < PREFACES; i++)
		if (prefaces[i].fd >= 0)
			(void)close(prefaces[i].fd);
}

enum err
fcgi_open(long threads, struct fcgi **result)
{
	struct fcgi *fcgi = calloc(1, sizeof(*fcgi) + (size_t)threads * sizeof(fcgi->workers[0]));

	*result = NULL;
	/* Closing must not linger two seconds for a peer that has not closed yet. */
	(void)setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "100", 1);
	if (fcgi == NULL)
		return ERR_INTERNAL;
	for (int i = 0; i < PREFACES; i++) {
		(void)pthread_mutex_init(&fcgi->prefaces[i].mutex, NULL);
		fcgi->prefaces[i].fd = -1;
	}
	if (FCGX_Init() != 0)
		goto fail;
	for (long i = 0; i < threads; i++)
		if (FCGX_InitRequest(&fcgi->workers[i].request, -1,
		    FCGI_FAIL_ACCEPT_ON_INTR) != 0)
			goto fail;
	for (long i = 0; i < threads; i++)
		fcgi->workers[i].preface = &fcgi->prefaces[i % PREFACES];
	if (open_prefaces(fcgi->prefaces) != ERR_OK)
		goto fail;
	*result = fcgi;
	return ERR_OK;
fail:
	fcgi_close(fcgi);
	return ERR_INTERNAL;
}

void
fcgi_close(struct fcgi *fcgi)
{
	if (fcgi == NULL)
		return;
	close_prefaces(fcgi->prefaces);
	free(fcgi);
}

bool
fcgi_serve(struct fcgi *fcgi, const struct exchange *exchange)
{
	struct worker *worker = &fcgi->workers[exchange->worker];
	const struct source source = { read_connection, worker };
	const int64_t deadline = clock_ms() + exchange->patience_ms;
	struct fcgi_input input;
	struct fcgi_answer answer;
	bool is_kept = false;

	worker->exchange = exchange;
	worker->input = &input;
	worker->answer = &answer;
	fcgi_answer_init(&answer);
	worker->form = FORM_SHORT;
	if (fcgi_input_begin(&input, &source, deadline) > 0)
		is_kept = serve_request(worker);
	else
		refuse(worker);
	fcgi_answer_clear(&answer);
	fcgi_input_clear(&input);
	return is_kept;
}
