/*
 * fastcgi: asks a responder at its socket, as a web server would.
 */
#ifndef BEARWARD_CTL_DOCTOR_FASTCGI_H
#define BEARWARD_CTL_DOCTOR_FASTCGI_H

#include <stdbool.h>

enum { FASTCGI_BODY_SIZE = 1024 };

struct fastcgi_answer {
	int status;			/* 0: there was no answer */
	char fault[128];		/* then: why not */
	char body[FASTCGI_BODY_SIZE];	/* the begin of it */
};

/* Asks for a path by GET, as a client on this machine. Waits two seconds at most, twice. */
void fastcgi_get(const char *socket_path, const char *path, struct fastcgi_answer *answer);

#endif
