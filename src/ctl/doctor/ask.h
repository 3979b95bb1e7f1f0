/*
 * ask: asks a site by HTTP, with curl, which every Debian has, or can have.
 */
#ifndef BEARWARD_CTL_DOCTOR_ASK_H
#define BEARWARD_CTL_DOCTOR_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/doctor/doctor.h"

enum { ASK_HEADERS_MAX = 4 };

/* A site, and how it is reached. */
struct ask_site {
	const char *url;		/* without a slash at its end */
	const char *address;		/* "ADDRESS:PORT" to connect to; "": as its name says */
};

/* What is asked. NULL stands for what is usual. */
struct ask {
	const char *method;		/* GET */
	const char *path;
	const char *headers[ASK_HEADERS_MAX];
	size_t body_len;		/* bytes of a form, which has no field of a sign-in */
};

struct ask_answer {
	int status;			/* 0: there was none */
	const char *fault;		/* then: what curl says of it; else "" */
	const char *head;		/* its headers, as they came */
	const char *body;
};

/* Asks, and waits for four seconds at most. Texts are good until the doctor has ended. */
void ask_site(struct doctor *doctor, const struct ask_site *site, const struct ask *ask,
    struct ask_answer *answer);

/* Returns a header of an answer; "": it has none. */
const char *ask_header(struct doctor *doctor, const struct ask_answer *answer, const char *name);

/*
 * Looks at the certificate of a site: returns what is wrong with it, or "". *days is how many are
 * left; -1: it cannot be told.
 */
const char *ask_certificate(struct doctor *doctor, const struct ask_site *site, long *days);

#endif
