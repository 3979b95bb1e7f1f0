/* find: looks a user up by the name as somebody typed it. */
#include "account/find.h"

#include <stdlib.h>

#include "text/username.h"

static enum err
look_up(enum err (*find)(struct db *db, const char *username_key, struct user **user),
    struct context *context, const char *username, struct user **user)
{
	char *key = NULL;	/* owned */
	enum err err = username_key(username, &key);

	*user = NULL;
	if (err == ERR_OK)
		err = find(context->service->db, key, user);
	free(key);
	return err;
}

enum err
find_user(struct context *context, const char *username, struct user **user)
{
	return look_up(users_find, context, username, user);
}

enum err
find_user_with_hash(struct context *context, const char *username, struct user **user)
{
	return look_up(users_find_with_hash, context, username, user);
}
