/*
 * letter: writes what a user is told as a message for a program that sends mail.
 *
 * The words are those of the pages, in the language of whoever caused the message. Beside them a
 * message may say: service_name, username, moment (in UTC), network and agent (of whoever caused
 * it; network is "" for a command), account_page and link_page (addresses; "" with `signin = no`),
 * and for a link also link, and how long it is good: hour, hours or minutes.
 */
#ifndef BEARWARD_ACCOUNT_LETTER_H
#define BEARWARD_ACCOUNT_LETTER_H

#include <stddef.h>

#include "account/message.h"
#include "config/pages.h"

/* All is borrowed. */
struct letter {
	int64_t id;			/* of the row */
	const struct message_facts *facts;
	const struct user *user;	/* to whom */
	const char *to;			/* at which address */
	const char *link;		/* the whole address, secret; "" where there is none */
};

/*
 * Writes a letter to *text, of *len bytes; it is owned, and secret: secret_free(). Returns
 * ERR_REFUSED when the address is none that mail can be sent to, or ERR_MEMORY.
 */
ERR_CHECKED enum err letter_write(const struct config *config, const struct pages *pages,
    const struct letter *letter, char **text, size_t *len);

#endif
