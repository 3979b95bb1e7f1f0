/* users_row: reads a user from a row. */
#include "store/users_row.h"

#include <stdlib.h>

enum { ID, USERNAME, USERNAME_KEY, IS_ACTIVE, SCOPE, CREATED_AT, EMAIL, DISPLAY_NAME, IS_IMPORTED,
	LAST_SIGN_IN_AT, SIGNED_OUT_AT, GROUPS, EMAIL_VERIFIED, COLUMNS };

_Static_assert((int)COLUMNS == (int)USERS_ROW_COLUMNS, "USERS_ROW has other columns");

enum err
users_row_read(const struct db_row *row, struct user **user)
{
	struct user *u = calloc(1, sizeof(*u));		/* owned until it is given away */
	enum err err = ERR_MEMORY;

	if (u == NULL)
		goto out;
	u->id = db_row_int(row, ID);
	if ((err = db_row_text(row, USERNAME, &u->username)) != ERR_OK)
		goto out;
	if ((err = db_row_text(row, USERNAME_KEY, &u->username_key)) != ERR_OK)
		goto out;
	u->is_active = db_row_int(row, IS_ACTIVE) == 1;
	if ((err = db_row_text(row, SCOPE, &u->scope)) != ERR_OK)
		goto out;
	u->created_at = db_row_int(row, CREATED_AT);
	if ((err = db_row_text_or_null(row, EMAIL, &u->email)) != ERR_OK)
		goto out;
	if ((err = db_row_text_or_null(row, DISPLAY_NAME, &u->display_name)) != ERR_OK)
		goto out;
	u->is_imported = db_row_int(row, IS_IMPORTED) == 1;
	u->last_sign_in_at = db_row_int(row, LAST_SIGN_IN_AT);
	u->signed_out_at = db_row_int(row, SIGNED_OUT_AT);
	if ((err = db_row_text(row, GROUPS, &u->groups)) != ERR_OK)
		goto out;
	u->email_verified = db_row_int(row, EMAIL_VERIFIED) == 1;
	*user = u;
	u = NULL;
out:
	user_free(u);
	return err;
}
