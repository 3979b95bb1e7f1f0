/*
 * courier: a small process beside a responder that delivers messages, so that no answer waits for
 * a program, and no responder needs the right to run one.
 *
 * A responder forks it before it opens anything else, starts a thread or enters its sandbox. It
 * has no socket of the web server's. It looks into the outbox when it is poked, and when a message
 * is due that could not be delivered before. It ends when the responder does.
 *
 * A responder that answers one request, as a CGI program, does not wait for it. Then it also has
 * no standard output and no standard error, which a web server would read to their ends; it ends
 * once it has delivered what is due, now or in a few seconds, and at once where nothing is.
 */
#ifndef BEARWARD_ACCOUNT_COURIER_H
#define BEARWARD_ACCOUNT_COURIER_H

#include <stdbool.h>

#include "base/err.h"
#include "config/config.h"

struct courier;

/*
 * Starts one; this process must have one thread, and nothing open that is to be its own. *courier
 * is owned: courier_stop(). Children of this process leave nothing behind from then on (SIGCHLD is
 * ignored). Where it cannot be started, that is logged, and *courier is NULL: messages wait
 * then, and requests do not. Returns ERR_MEMORY.
 */
ERR_CHECKED enum err courier_start(const struct config *config, bool is_brief,
    struct courier **courier);

/* Tells it that there is a message. Any thread may; nobody waits. Accepts NULL. */
void courier_poke(struct courier *courier);

/* Lets it end, and waits for that, a few seconds at most, unless it is brief. Accepts NULL. */
void courier_stop(struct courier *courier);

#endif
