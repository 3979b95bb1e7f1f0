/*
 * user_columns: finds out which column of somebody else's users says what.
 *
 * A column is found by its name, without regard to the case of ASCII letters, unless an option
 * names it. The names may be those of a table, of the first line of a CSV file, or of the members
 * of JSON objects.
 */
#ifndef BEARWARD_TEXT_USER_COLUMNS_H
#define BEARWARD_TEXT_USER_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

/* What a column can say of a user. */
enum user_role {
	USER_ROLE_ID,
	USER_ROLE_USERNAME,
	USER_ROLE_EMAIL,
	USER_ROLE_DISPLAY_NAME,
	USER_ROLE_PASSWORD,	/* a hash */
	USER_ROLE_ACTIVE,	/* a flag: may sign in */
	USER_ROLE_DISABLED,	/* a flag: may not */
	USER_ROLE_SCOPE,	/* a list of scopes, or a flag that gives one */
	USER_ROLE_CREATED_AT,
	USER_ROLE_IMPORTED,	/* a flag of our own export */
	USER_ROLE_GROUPS,	/* of our own export: see text/groups.h */
	USER_ROLE_EMAIL_VERIFIED,	/* a flag of our own export */
	USER_ROLES
};

/* What options name, borrowed; NULL: find it by its name. */
struct user_columns_named {
	const char *table;		/* not looked at here */
	const char *username;
	const char *password;
	const char *active;
	const char *scope;
	const char *scope_given;	/* scope that a flag gives; NULL: the column is a list */
};

struct user_columns {
	int of[USER_ROLES];		/* which column, counted from 0; -1: there is none */
	bool username_is_email;		/* no column is for names: the address is the name */
};

enum { USER_COLUMNS_FAULT_SIZE = 1024 };

/*
 * Finds the columns among count names. Of several that could play a role, the most telling name
 * wins: hashed_password, and not password beside it. The email address is the name where no
 * column is for names; `name` is the display name beside an address, else the name.
 *
 * With a flag that an option names, no other flag counts; it is USER_ROLE_DISABLED if it is called
 * disabled or is_disabled, and else USER_ROLE_ACTIVE. The scope is read only from a column that an
 * option names, or from `scope` in a database or an export of our own. Groups, and whether an
 * address is verified, are read from a database or an export of our own only.
 *
 * Returns ERR_REFUSED when a column that an option names is missing, when there is none for the
 * name or the password, or when the column of the password has another role as well. fault is then
 * a sentence, fit for a terminal, that says what to do and which columns there are.
 */
ERR_CHECKED enum err user_columns_find(const char *const *names, size_t count,
    const struct user_columns_named *named, struct user_columns *columns,
    char fault[USER_COLUMNS_FAULT_SIZE]);

/*
 * Does the same, but fault does not list the columns. It is for files whose first line should name
 * them: where that line was forgotten, a user and a password stand in its place.
 */
ERR_CHECKED enum err user_columns_find_unlisted(const char *const *names, size_t count,
    const struct user_columns_named *named, struct user_columns *columns,
    char fault[USER_COLUMNS_FAULT_SIZE]);

/*
 * Writes which column was found for what, without a line feed: "name from email, password from
 * hashed_password, active from is_active", fit for a terminal.
 */
void user_columns_print(const char *const *names, const struct user_columns *columns, FILE *out);

#endif
