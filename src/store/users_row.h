/*
 * users_row: reads a user from a row. For the files of `store` alone, whose statements join other
 * tables with users.
 */
#ifndef BEARWARD_STORE_USERS_ROW_H
#define BEARWARD_STORE_USERS_ROW_H

#include "store/users.h"

/* The columns that users_row_read() expects first in a row; the hash is not among them. */
#define USERS_ROW "users.id, users.username, users.username_key, users.is_active, users.scope, " \
	"users.created_at, users.email, users.display_name, users.is_imported, " \
	"users.last_sign_in_at, users.signed_out_at, users.groups, users.email_verified"
enum { USERS_ROW_COLUMNS = 13 };

/* Reads a user; *user is owned. Returns ERR_STORAGE, logged, or ERR_MEMORY. */
ERR_CHECKED enum err users_row_read(const struct db_row *row, struct user **user);

#endif
