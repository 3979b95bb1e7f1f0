/*
 * setup_pages: sets bearward up in a browser, on a host without a shell.
 *
 * First whoever asks proves that it is who uploads files to this place (account/setup_proof.h),
 * then a form asks for the first user. Once there is a database, there is nothing here.
 */
#ifndef BEARWARD_HTTP_SETUP_PAGES_H
#define BEARWARD_HTTP_SETUP_PAGES_H

#include "account/context.h"
#include "http/reply.h"
#include "http/request.h"

/* Answers, for a table of endpoints: /setup.cgi */
ERR_CHECKED enum err setup_pages_answer(struct context *context, const struct request *request,
    struct reply *reply);

#endif
