/*
 * self_export: all that is stored about somebody, for that person to take along (protocol section
 * 20, and GDPR article 15).
 */
#ifndef BEARWARD_ACCOUNT_SELF_EXPORT_H
#define BEARWARD_ACCOUNT_SELF_EXPORT_H

#include "account/context.h"
#include "store/users.h"

/*
 * Writes what is stored about user as one JSON object, and logs that; *json is owned:
 * secret_free(). Its members are the parts that store/user_data.h has, "user" an object and each
 * of the others a list of them, and "exported_at". Hashes, digests and what else is good for
 * nothing but to sign in are not in it, nor are events beyond USER_DATA_EVENTS_MAX: audit_list()
 * has those, and a document of any length would take all memory. Times are seconds since 1970;
 * null: never. Returns ERR_TOKEN when the user is gone, ERR_STORAGE or ERR_MEMORY.
 */
ERR_CHECKED enum err self_export(struct context *context, const struct user *user, char **json);

#endif
