/*
 * reply_json: bodies in JSON. For the files of `reply` alone.
 */
#ifndef BEARWARD_HTTP_REPLY_JSON_H
#define BEARWARD_HTTP_REPLY_JSON_H

#include "http/answer.h"
#include "http/reply.h"

/*
 * Makes the body of an error: the family's members, and the faults of a 422. Returns ERR_MEMORY
 * when there is no memory.
 */
ERR_CHECKED enum err reply_json_error(struct reply *reply, const struct answer *answer,
    const struct faults *faults);

#endif
