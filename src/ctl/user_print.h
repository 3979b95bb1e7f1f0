/*
 * user_print: prints a user for a person or a program to read; never the password hash.
 */
#ifndef BEARWARD_CTL_USER_PRINT_H
#define BEARWARD_CTL_USER_PRINT_H

#include "account/manage.h"
#include "account/user_activity.h"
#include "ctl/table.h"

enum { USER_PRINT_COLUMNS = 6 };

/* The columns of a list of users. */
extern const struct table_column user_print_columns[USER_PRINT_COLUMNS];

/* Adds a user to a list in columns. */
void user_print_line(const struct user *user, struct table *table);

/* Prints all that is known, one `what: value` a line. */
void user_print_all(const struct user *user, const struct user_activity *activity);

/*
 * Prints one JSON object on a line: id, username, is_active, scope, created_at, last_sign_in_at,
 * email, email_verified, display_name and groups; times and texts may be null. With an activity
 * (else NULL) also last_sign_in_network, failed_sign_ins, browsers and programs.
 */
void user_print_json(const struct user *user, const struct user_activity *activity);

#endif
