/*
 * session_print: prints what is signed in, for a person or a program to read.
 */
#ifndef BEARWARD_CTL_SESSION_PRINT_H
#define BEARWARD_CTL_SESSION_PRINT_H

#include "account/session.h"
#include "ctl/table.h"

enum { SESSION_PRINT_COLUMNS = 9 };

/* The columns of a list of them. */
extern const struct table_column session_print_columns[SESSION_PRINT_COLUMNS];

/* Adds one to a list in columns, with how long ago and how long from now. */
void session_print_line(const struct session *session, int64_t now, struct table *table);

/* Prints one as a line of JSON, with all that is known. */
void session_print_json(const struct session *session);

#endif
