/*
 * user_print: a user as a person or a program reads it, on stdout. Never the password hash.
 */
#ifndef BEARWARD_CTL_USER_PRINT_H
#define BEARWARD_CTL_USER_PRINT_H

#include "account/manage.h"

/* id, name, active or disabled, restricted scopes and registration, between tabs. */
void user_print_line(const struct user *user);

/* The same, one `what: value` a line. */
void user_print_all(const struct user *user);

/* One JSON object on a line: id, username, is_active, scope, created_at (seconds or null). */
void user_print_json(const struct user *user);

#endif
