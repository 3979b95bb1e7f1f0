/*
 * delivery: hands messages that wait in the outbox to the program that `notify` names (protocol
 * section 37.3).
 *
 * A message is claimed, written, handed over, and removed once the program has ended with status
 * 0. Otherwise it is tried again later, for a day, and one with a link for as long as a link is
 * good. Several processes may do so at the same time. The secret of a link is drawn when the
 * message is claimed, and is nowhere but in what the program is given.
 */
#ifndef BEARWARD_ACCOUNT_DELIVERY_H
#define BEARWARD_ACCOUNT_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "account/service.h"

/* What came of a run. */
struct delivery {
	int64_t sent, failed;		/* messages */
	int64_t next_at;		/* when the next one is due; 0: none waits */
	bool is_slow;			/* the program took too long, so that the run has ended */
};

/*
 * Delivers what is due, or only the message of an id. Once the other end of stop_fd (-1: of none)
 * is closed, it ends within a second. What fails is logged. The service needs its database, to
 * write. Nothing is done without `notify`. SIGPIPE must be ignored, and SIGCHLD must not be.
 * Returns ERR_SETUP when the texts cannot be read, logged; ERR_STORAGE or ERR_MEMORY.
 */
ERR_CHECKED enum err delivery_run(struct service *service, int64_t only, int stop_fd,
    struct delivery *delivery);

/* Tells whether a message is due. Returns ERR_STORAGE or ERR_MEMORY. */
ERR_CHECKED enum err delivery_is_due(struct service *service, bool *is_due);

#endif
