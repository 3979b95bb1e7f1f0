/*
 * web_ask: doctor: what those parts share that ask through the web server.
 */
#ifndef BEARWARD_CTL_DOCTOR_WEB_ASK_H
#define BEARWARD_CTL_DOCTOR_WEB_ASK_H

#include "ctl/doctor/ask.h"
#include "ctl/doctor/web.h"

struct asking {
	struct doctor *doctor;		/* borrowed */
	const struct web_site *conf;	/* what leads to responders; NULL: not known */
	struct ask_site site;		/* where it asks */
	const char *probe;		/* a path that bearward answers */
	const char *guarded;		/* a path at which it asks for a token; NULL: none */
	struct ask_answer plain;	/* at the probe, without a token */
	bool is_ours;			/* it has answered itself */
};

/* Returns whether the site leads to a responder, also where that is not known. */
bool web_ask_has_pool(const struct asking *asking, const char *name);

/* Returns FILE:LINE of the site, and the command that makes its web server take up a change. */
const char *web_ask_place(const struct asking *asking);
const char *web_ask_reload(const struct asking *asking);

/* web_transport.c: whether passwords cross a network in the clear, and the certificate. */
void web_ask_transport(struct asking *asking);

/* web_client.c: whom bearward takes for the client, and what only this host may ask. */
void web_ask_client(struct asking *asking);

#endif
