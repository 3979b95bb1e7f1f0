/*
 * dead_tokens: single access tokens that were revoked while their grants live on (protocol section
 * 7.2). grants_find_bearer() asks for them.
 */
#ifndef BEARWARD_STORE_DEAD_TOKENS_H
#define BEARWARD_STORE_DEAD_TOKENS_H

#include <stdint.h>

#include "base/err.h"
#include "store/audits.h"
#include "store/db.h"

enum { DEAD_TOKENS_ID_LEN = 16 };	/* bytes of a token's id, its claim `jti` */

/*
 * Notes that a token is dead, until expires_at, when it would be anyway, and adds the audit row
 * that tells of it, whose time is now. Once is enough: nothing is told the second time. Two that
 * have expired are removed, so that there are never more than come in the life of a token, however
 * fast they come. What it may return: see db.h.
 */
ERR_CHECKED enum err dead_tokens_add(struct db *db, const unsigned char id[DEAD_TOKENS_ID_LEN],
    int64_t expires_at, const struct audits_row *row);

#endif
