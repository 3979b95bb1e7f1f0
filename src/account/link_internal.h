/* link_internal: how `link` reads a link. For the files of `link` alone. */
#ifndef BEARWARD_ACCOUNT_LINK_INTERNAL_H
#define BEARWARD_ACCOUNT_LINK_INTERNAL_H

#include <stdbool.h>

#include "account/link.h"
#include "store/tickets.h"

enum { LINK_KINDS = LINK_INVITATION + 1 };

/* Returns the kind of its tickets, static. */
const char *link_kind_name(enum link_kind kind);

/* Makes the digest that is stored; false for what cannot be a link of ours. */
bool link_read_token(const char *token, unsigned char digest[TICKETS_DIGEST_LEN]);

#endif
