/*
 * context: what a rule of this room knows of the request, or the command, that it serves.
 *
 * Every rule takes a context. It leaves in it what a failure has to tell beyond its enum err, for
 * the reply or for the person at the terminal.
 */
#ifndef BEARWARD_ACCOUNT_CONTEXT_H
#define BEARWARD_ACCOUNT_CONTEXT_H

#include <stdint.h>

#include "account/service.h"
#include "base/network.h"
#include "text/faults.h"

struct context {
	struct service *service;	/* borrowed */
	const char *client;		/* borrowed: address of the client; NULL for a command */
	const char *source;		/* the client's network; NULL for a command */
	char network[NETWORK_SIZE];	/* what source points to */
	const char *agent;		/* borrowed: User-Agent of the client; "": it told none */
	const char *language;		/* borrowed: Accept-Language of the client; "": none */
	const char *operator;		/* borrowed: account that typed the command, or NULL */
	int64_t caller;			/* id of a user who acts upon others; 0: nobody does */
	int64_t now;			/* seconds since 1970: one moment for every rule */

	bool is_network_new;		/* the password was right, and the user has not signed in
					 * from this network lately */
	int64_t message_id;		/* of the message written last; 0: none was */
	struct faults faults;		/* ERR_FIELDS, ERR_MISSING: what is wrong with the body */
	const char *scope_needed;	/* borrowed; ERR_FORBIDDEN: what the token needs; or "" */
	long age_needed;		/* ERR_STALE: seconds at most since the sign-in */
	long retry_after;		/* seconds to wait; 0: as many as http/answer.c says */
};

/* Begins a context of this moment; service and texts may be NULL. */
void context_init(struct context *context, struct service *service, const char *client,
    const char *operator);

#endif
