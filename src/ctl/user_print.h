/*
 * user_print: prints a user for a person or a program to read; never the password hash.
 */
#ifndef BEARWARD_CTL_USER_PRINT_H
#define BEARWARD_CTL_USER_PRINT_H

#include "account/manage.h"

/* Prints id, name, active or disabled, restricted scopes and registration, between tabs. */
void user_print_line(const struct user *user);

/* Prints the same, email and display name, one `what: value` a line. */
void user_print_all(const struct user *user);

/*
 * Prints one JSON object on a line: id, username, is_active, scope, created_at, email and
 * display_name; the last three may be null.
 */
void user_print_json(const struct user *user);

#endif
