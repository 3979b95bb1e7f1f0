/*
 * page: answers with a page for people, in their language (protocol section 17).
 *
 * Pages are templates of www/pages/; a site may have its own (config/pages.h). What they are
 * given:
 *
 *   signin      return, username, remember, error, username_fault, password_fault
 *   register    the same, without remember
 *   signed_in   username, return
 *   signout     username, return
 *   cookie      return, insecure            the browser did not keep the cookie
 *   error       title, error, username, return, may_sign_in, reload
 *   account           username, done, email, display_name, is_verified, and faults
 *   account_password  username, and faults
 *   account_sessions  done, error, older (where the next page begins), and sessions, a list: of
 *                     each id, program, system, is_program, client, network, here ("1": this
 *                     browser), since and used (http/page_moment.h)
 *   account_activity  older, and events, a list: of each what, why, times (as a number, if more
 *                     than one), by, network, since
 *   account_delete    username, error, and faults
 *   account_left      title
 *   link        token, username, is_invited, error, password_fault     chooses a password
 *   link_over   error                       a link that was used, is too old, or never was
 *   forgotten   username, error, username_fault                        asks for a link
 *   link_sent   nothing
 *   setup_proof code, digest, error         asks for an uploaded file
 *   setup       code, username, state_dir, address, is_open, insecure, error, and faults
 *   setup_done  username, state_dir
 *
 * error is one sentence, usually a word (struct page_value). *_fault is what is wrong with a
 * field: username, password, new_password, current_password, email, display_name, state_dir or
 * address. return is the address that is gone to afterwards, as 23.4 allows it, or "". username is
 * what was typed or, on pages without a form, who is signed in. may_sign_in is "1" where a link to
 * the sign-in helps; reload where it has to open in a new tab, since this page still has a form
 * that was refused (the word is ended_under_form). token is what stands in a link, a secret, and
 * so is code; digest is what proves it (account/setup_proof.h); is_invited is "1" for who
 * has no password yet. What is missing is as good as "". Every page is given besides:
 *
 *   root            goes before all our addresses: "", "../" or the like; a caller that answers
 *                   in the place of another page gives it itself
 *   return_query    "?return=..." or ""
 *   home, service_name, language, title
 *   may_register    "1" or ""
 *   may_ask_link    "1" where a link can be asked for, or ""
 *   min_length      of a new password
 *   min_is_low      "1" where that is less than NIST SP 800-63B-4 recommends
 *   problem         "1" with an error or a fault
 *   focus_password  "1" where the name needs no more typing
 *   wide            "1" on the pages of somebody's own account
 *   second, seconds, minutes    how long to wait: one of them, as a number
 */
#ifndef BEARWARD_HTTP_PAGE_H
#define BEARWARD_HTTP_PAGE_H

#include "account/context.h"
#include "base/err.h"
#include "config/pages.h"
#include "http/reply.h"
#include "http/request.h"

/*
 * Makes the reply the page of that name with that status. values end with a name of NULL; at most
 * PAGE_VALUES_MAX of them are looked at, and context, request and values are borrowed for the
 * call. Returns ERR_MEMORY, or ERR_INTERNAL when there is no such page.
 */
ERR_CHECKED enum err page_reply(struct reply *reply, const struct context *context,
    const struct request *request, int status, const char *name,
    const struct page_value *values);

enum { PAGE_VALUES_MAX = 24 };

/*
 * Makes the reply the answer to an error, as reply_fail() does, and then its body the page of that
 * name. To the values it adds error, a word that says what is wrong and what to do, the faults of
 * fields that the context has, and, for the page "error", title, unless they are among them. Wrong
 * credentials are 401 in either dialect. Returns as page_reply() does.
 */
ERR_CHECKED enum err page_refuse(struct reply *reply, const struct context *context,
    const struct request *request, enum err refused, const char *name,
    const struct page_value *values);

/* Answer, for a table of endpoints: /signin/style.css, /signin/page.js and /signin/mark.svg. */
ERR_CHECKED enum err page_style(struct context *context, const struct request *request,
    struct reply *reply);
ERR_CHECKED enum err page_script(struct context *context, const struct request *request,
    struct reply *reply);
ERR_CHECKED enum err page_mark(struct context *context, const struct request *request,
    struct reply *reply);

#endif
