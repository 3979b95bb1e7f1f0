/*
 * session_print: prints what is signed in, for a person or a program to read.
 */
#ifndef BEARWARD_CTL_SESSION_PRINT_H
#define BEARWARD_CTL_SESSION_PRINT_H

#include "account/session.h"

enum { SESSION_PRINT_COLUMNS = 99 };

/*
 * Prints the heading of a table, or a line of it, with how long ago and how long from now, in
 * SESSION_PRINT_COLUMNS at most: what is too long is cut, of the agent first.
 */
void session_print_heading(void);
void session_print_line(const struct session *session, int64_t now);

/* Prints one as a line of JSON, with all that is known. */
void session_print_json(const struct session *session);

#endif
