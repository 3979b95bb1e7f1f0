/* plain: a responder with nothing to do, the way anyone writes one with libfcgi. */
#include <fcgiapp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>

enum { THREADS = 8 };

static void *
serve(void *arg)
{
	pthread_mutex_t *one_accepts = arg;
	FCGX_Request request;

	if (FCGX_InitRequest(&request, 0, 0) != 0)
		return NULL;
	for (;;) {
		int failure;

		(void)pthread_mutex_lock(one_accepts);
		failure = FCGX_Accept_r(&request);
		(void)pthread_mutex_unlock(one_accepts);
		if (failure != 0)
			return NULL;
		(void)FCGX_PutS("Status: 200 OK\r\nContent-Length: 0\r\n\r\n", request.out);
		FCGX_Finish_r(&request);
	}
}

int
main(void)
{
	pthread_mutex_t one_accepts = PTHREAD_MUTEX_INITIALIZER;
	pthread_t thread;
	sigset_t end;
	int number;

	/* The library has a handler for it, which does not end anything. */
	(void)sigemptyset(&end);
	(void)sigaddset(&end, SIGTERM);
	(void)pthread_sigmask(SIG_BLOCK, &end, NULL);
	if (FCGX_Init() != 0)
		return 1;
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread, NULL, serve, &one_accepts) != 0)
			return 1;
	return sigwait(&end, &number);
}
