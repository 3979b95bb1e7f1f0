/* user_columns: finds out which column of somebody else's users says what. */
#include "text/user_columns.h"

#include <string.h>
#include <strings.h>

#include "base/escape.h"

enum { SHOWN_SIZE = 256 };	/* of one name, escaped */

/* The names that play a role, the most telling first; and what the role is called in reports. */
static const struct {
	const char *called;
	const char *names[8];
} roles[USER_ROLES] = {
	[USER_ROLE_ID] = { "id", { "id", "user_id", "uid" } },
	[USER_ROLE_USERNAME] = { "name", { "username", "user_name", "login" } },
	[USER_ROLE_EMAIL] = { "email", { "email", "email_address", "mail" } },
	[USER_ROLE_DISPLAY_NAME] = { "display name", { "display_name", "full_name", "fullname" } },
	[USER_ROLE_PASSWORD] = { "password", { "hashed_password", "password_hash", "hashed_pw",
	    "pw_hash", "password", "passwd" } },
	[USER_ROLE_ACTIVE] = { "active", { "is_active", "active", "enabled" } },
	[USER_ROLE_DISABLED] = { "disabled", { "disabled", "is_disabled" } },
	[USER_ROLE_SCOPE] = { "scope", { NULL } },
	[USER_ROLE_CREATED_AT] = { "created", { "created_at", "created", "date_joined",
	    "created_on" } },
	[USER_ROLE_IMPORTED] = { "imported", { "imported", "is_imported" } },
	[USER_ROLE_GROUPS] = { "groups", { NULL } },
	[USER_ROLE_EMAIL_VERIFIED] = { "email verified", { NULL } },
};

static int
find_name(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(names[i], name) == 0)
			return (int)i;
	return -1;
}

static int
find_role(const char *const *names, size_t count, enum user_role role)
{
	int found = -1;

	for (size_t i = 0; roles[role].names[i] != NULL && found < 0; i++)
		found = find_name(names, count, roles[role].names[i]);
	return found;
}

static enum err
refuse_role(const char *role, const char *option, char fault[USER_COLUMNS_FAULT_SIZE])
{
	snprintf(fault, USER_COLUMNS_FAULT_SIZE,
	    "there is no column for the %s; name it with --%s-column", role, option);
	return ERR_REFUSED;
}

/* Puts a column that an option names in its role, if one does. */
static enum err
use_named(const char *const *names, size_t count, const char *name, int *of,
    char fault[USER_COLUMNS_FAULT_SIZE])
{
	char shown[SHOWN_SIZE];

	if (name == NULL)
		return ERR_OK;
	if ((*of = find_name(names, count, name)) >= 0)
		return ERR_OK;
	snprintf(fault, USER_COLUMNS_FAULT_SIZE, "there is no column \"%s\"",
	    escape_text(name, shown, sizeof(shown)));
	return ERR_REFUSED;
}

static bool
is_called_disabled(const char *name)
{
	for (size_t i = 0; roles[USER_ROLE_DISABLED].names[i] != NULL; i++)
		if (strcasecmp(name, roles[USER_ROLE_DISABLED].names[i]) == 0)
			return true;
	return false;
}

/* A flag that was named is the only one. */
static enum err
use_named_flag(const char *const *names, size_t count, const char *name,
    struct user_columns *columns, char fault[USER_COLUMNS_FAULT_SIZE])
{
	enum user_role role;

	if (name == NULL)
		return ERR_OK;
	role = is_called_disabled(name) ? USER_ROLE_DISABLED : USER_ROLE_ACTIVE;
	columns->of[USER_ROLE_ACTIVE] = columns->of[USER_ROLE_DISABLED] = -1;
	return use_named(names, count, name, &columns->of[role], fault);
}

static void
find_by_name(const char *const *names, size_t count, struct user_columns *columns)
{
	for (enum user_role role = 0; role < USER_ROLES; role++)
		columns->of[role] = find_role(names, count, role);
	/* Any application may call something a scope; with one of these columns, it is ours. */
	if (find_name(names, count, "username_key") < 0 && columns->of[USER_ROLE_IMPORTED] < 0)
		return;
	columns->of[USER_ROLE_SCOPE] = find_name(names, count, "scope");
	columns->of[USER_ROLE_GROUPS] = find_name(names, count, "groups");
	columns->of[USER_ROLE_EMAIL_VERIFIED] = find_name(names, count, "email_verified");
}

/*
 * Where no column is for names alone, people sign in with their email address, and `name`, if
 * there is one, is what they are called; without addresses, it is all there is to sign in with.
 */
static void
choose_name(int name, struct user_columns *columns)
{
	int *of = columns->of;

	if (of[USER_ROLE_USERNAME] >= 0)
		return;
	columns->username_is_email = of[USER_ROLE_EMAIL] >= 0;
	of[USER_ROLE_USERNAME] = columns->username_is_email ? of[USER_ROLE_EMAIL] : name;
	if (columns->username_is_email && of[USER_ROLE_DISPLAY_NAME] < 0)
		of[USER_ROLE_DISPLAY_NAME] = name;
}

/* What is read from the other columns is shown in reports, which hashes never are. */
static enum err
check_password_apart(const char *const *names, const struct user_columns *columns,
    char fault[USER_COLUMNS_FAULT_SIZE])
{
	const int password = columns->of[USER_ROLE_PASSWORD];
	char shown[SHOWN_SIZE];

	for (enum user_role role = 0; role < USER_ROLES; role++) {
		if (role == USER_ROLE_PASSWORD || columns->of[role] != password)
			continue;
		snprintf(fault, USER_COLUMNS_FAULT_SIZE,
		    "column \"%s\" cannot be for the password and for something else",
		    escape_text(names[password], shown, sizeof(shown)));
		return ERR_REFUSED;
	}
	return ERR_OK;
}

enum err
user_columns_find_unlisted(const char *const *names, size_t count,
    const struct user_columns_named *named, struct user_columns *columns,
    char fault[USER_COLUMNS_FAULT_SIZE])
{
	int *of = columns->of;
	enum err err;

	*columns = (struct user_columns){0};
	fault[0] = '\0';
	find_by_name(names, count, columns);
	if ((err = use_named(names, count, named->username, &of[USER_ROLE_USERNAME],
	    fault)) != ERR_OK)
		return err;
	if ((err = use_named(names, count, named->password, &of[USER_ROLE_PASSWORD],
	    fault)) != ERR_OK)
		return err;
	if ((err = use_named(names, count, named->scope, &of[USER_ROLE_SCOPE], fault)) != ERR_OK)
		return err;
	if ((err = use_named_flag(names, count, named->active, columns, fault)) != ERR_OK)
		return err;
	choose_name(find_name(names, count, "name"), columns);
	if (of[USER_ROLE_USERNAME] < 0)
		return refuse_role("name", "username", fault);
	if (of[USER_ROLE_PASSWORD] < 0)
		return refuse_role("password", "password", fault);
	return check_password_apart(names, columns, fault);
}

/* Appends which columns there are, as far as there is room. */
static void
append_names(const char *const *names, size_t count, char fault[USER_COLUMNS_FAULT_SIZE])
{
	char shown[SHOWN_SIZE];
	size_t len = strlen(fault);

	for (size_t i = 0; i < count && len < USER_COLUMNS_FAULT_SIZE - SHOWN_SIZE - 16; i++)
		len += (size_t)snprintf(fault + len, USER_COLUMNS_FAULT_SIZE - len, "%s%s",
		    i == 0 ? " (there are: " : ", ",
		    escape_text(names[i], shown, sizeof(shown)));
	if (count > 0)
		snprintf(fault + len, USER_COLUMNS_FAULT_SIZE - len, ")");
}

enum err
user_columns_find(const char *const *names, size_t count, const struct user_columns_named *named,
    struct user_columns *columns, char fault[USER_COLUMNS_FAULT_SIZE])
{
	enum err err = user_columns_find_unlisted(names, count, named, columns, fault);

	if (err != ERR_OK)
		append_names(names, count, fault);
	return err;
}

void
user_columns_print(const char *const *names, const struct user_columns *columns, FILE *out)
{
	const char *comma = "";
	char shown[SHOWN_SIZE];

	for (enum user_role role = 0; role < USER_ROLES; role++) {
		if (columns->of[role] < 0)
			continue;
		fprintf(out, "%s%s from %s", comma, roles[role].called,
		    escape_text(names[columns->of[role]], shown, sizeof(shown)));
		comma = ", ";
	}
}
