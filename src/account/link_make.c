/* link_make: makes links for whoever runs the service. */
#include "account/link.h"

#include <stdlib.h>

#include "account/audit.h"
#include "account/link_internal.h"
#include "account/register.h"
#include "text/username.h"

struct making {
	const struct context *context;
	const struct user *user;
	enum link_kind kind;
	char *token;
};

static enum err
replace(struct db_connection *connection, void *arg)
{
	const struct making *making = arg;
	enum err err = users_lock(connection, making->user->id);

	if (err == ERR_OK)
		err = tickets_remove_all(connection, making->user->id);
	return err == ERR_OK ? link_add(connection, making->context, making->user, making->kind,
	    making->token) : err;
}

enum err
link_make(struct context *context, const struct user *user, enum link_kind kind,
    char token[LINK_TOKEN_SIZE])
{
	struct making making = { context, user, kind, token };
	enum err err;

	if (!user->is_active)
		return ERR_INACTIVE;
	if ((err = db_transact(context->service->db, replace, &making)) == ERR_OK)
		audit_user(context, "link made", user, link_kind_name(kind));
	return err;
}

static enum err
find_or_register(struct context *context, const char *username, struct user **user)
{
	char *key = NULL;	/* owned */
	enum err err = username_key(username, &key);

	if (err == ERR_OK)
		err = users_find_with_hash(context->service->db, key, user);
	if (err == ERR_OK && *user == NULL)
		err = register_invited(context, username, user);
	else if (err == ERR_OK && *(*user)->hashed_password != '\0')
		err = ERR_NAME_TAKEN;
	free(key);
	return err;
}

enum err
link_invite(struct context *context, const char *username, struct user **user,
    char token[LINK_TOKEN_SIZE])
{
	enum err err;

	*user = NULL;
	if ((err = find_or_register(context, username, user)) == ERR_OK)
		err = link_make(context, *user, LINK_INVITATION, token);
	if (err != ERR_OK) {
		user_free(*user);
		*user = NULL;
	}
	return err;
}
