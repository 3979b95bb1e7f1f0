/* courier_poke: tells a courier that there is a message. */
#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "account/courier_internal.h"
#include "base/log.h"

void
courier_poke(struct courier *courier)
{
	/* Where the pipe is full, it has not yet seen that it was poked. */
	if (courier == NULL || write(courier->poke_fd, "", 1) == 1 || errno == EAGAIN ||
	    atomic_exchange(&courier->is_gone, true))
		return;
	log_event(LEVEL_WARNING, "courier has ended", LOG_TEXT("reason",
	    "something has killed it; other processes, or a restart, deliver its messages"));
}
