/*
 * courier_internal, internal to account/: what a responder has of its courier.
 */
#ifndef BEARWARD_ACCOUNT_COURIER_INTERNAL_H
#define BEARWARD_ACCOUNT_COURIER_INTERNAL_H

#include <stdatomic.h>

#include "account/courier.h"

struct courier {
	int poke_fd;		/* owned: of a pipe; the courier ends when it is closed */
	int end_fd;		/* owned: of a pipe that nobody writes to; open while it lives */
	bool is_brief;
	atomic_bool is_gone;	/* it has ended, and that was logged */
};

#endif
