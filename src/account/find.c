/* find: looks a user up by the name as somebody typed it. */
#include "account/find.h"

#include <stdlib.h>

#include "text/username.h"

enum err
find_user(struct context *context, const char *username, struct user **user)
{
	char *key = NULL;	/* owned */
	enum err err = username_key(username, &key);

	*user = NULL;
	if (err == ERR_OK)
		err = users_find(context->service->db, key, user);
	free(key);
	return err;
}
