/*
 * user_values: makes the cells of one of somebody else's users the values of one of ours.
 *
 * The rules are the same wherever the cells come from: a table, a CSV file, JSON. Nothing here
 * knows which hashes can be checked, or which other users there are.
 */
#ifndef BEARWARD_TEXT_USER_VALUES_H
#define BEARWARD_TEXT_USER_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "text/user_cell.h"
#include "text/user_columns.h"

/* Ids above this one are not kept: JavaScript could not read them, and ever more must follow. */
#define USER_ID_MAX INT64_C(9007199254740991)

enum {
	USER_NAME_BYTES_MAX = 1024,	/* of a name that is taken as it is */
	USER_HASH_BYTES_MAX = 1024,	/* nothing longer is a hash */
	USER_REASON_SIZE = 256,		/* of a reason in a report */
};

/* How a name has come through today's rules. */
enum user_name_kind {
	USER_NAME_KEPT,
	USER_NAME_RENAMED,	/* it is shown in another form than it had */
	USER_NAME_EXACT,	/* the rules refuse it; it is looked up by its exact bytes only */
};

/* One user. All texts are valid UTF-8 without NUL. */
struct user_values {
	int64_t id;			/* 1 to USER_ID_MAX; 0: none that could be kept */
	bool has_id;			/* of whatever kind */
	char *typed;			/* owned: the name as it came; NULL: none that is text */
	char *username;			/* owned: the name as shown; NULL where it is refused */
	char *username_key;		/* owned: what it is looked up by; likewise */
	enum user_name_kind name_kind;
	const char *refused;		/* static: why this cannot be a user; NULL: it can be */
	char *hash;			/* owned, secret: what may be a hash; NULL: none is */
	bool is_active;
	char disabled_because[USER_REASON_SIZE];	/* fit for a terminal; "": it is active */
	char *email;			/* owned; NULL: none */
	bool email_verified;		/* never, where there is no address */
	char *display_name;		/* owned; NULL: none */
	char *groups;			/* owned; NULL: none */
	const char *dropped_email;	/* static: a sentence, why one is left out; or NULL */
	const char *dropped_display_name;
	const char *dropped_groups;
	char *scope;			/* owned: the restricted scopes it may have; "" for none */
	char *scope_refused;		/* owned: those that it may not, between blanks; or "" */
	int64_t created_at;		/* seconds since 1970; 0: unknown */
	bool is_imported;		/* unless our own export says otherwise */
};

/* What reading a row depends on, borrowed. */
struct user_rules {
	const char *const *names;		/* of the columns, for reasons */
	const struct user_columns *columns;
	const struct user_columns_named *named;
	const char *restricted_scopes;		/* these are given, and users:create */
};

/*
 * Reads the cells, one for each role. The caller clears values with user_values_clear(), also
 * after a failure, which can only be ERR_MEMORY.
 */
ERR_CHECKED enum err user_values_read(const struct user_rules *rules,
    const struct user_cell cells[USER_ROLES], struct user_values *values);

/* Frees what the values own, wipes the hash, and sets all to zero. */
void user_values_clear(struct user_values *values);

#endif
