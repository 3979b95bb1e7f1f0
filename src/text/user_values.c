/* user_values: makes the cells of one of somebody else's users the values of one of ours. */
#include "text/user_values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unictype.h>
#include <unistr.h>

#include "base/escape.h"
#include "base/secret.h"
#include "base/text.h"
#include "text/groups.h"
#include "text/profile.h"
#include "text/scope.h"
#include "text/username.h"

/* Text, or the bytes that some library gave where it meant text. */
static bool
is_text(const struct user_cell *cell)
{
	return (cell->type == USER_CELL_TEXT || cell->type == USER_CELL_BYTES) &&
	    text_is_utf8(cell->data, cell->len);
}

/* Copies a text; *copy is owned, NULL when memory is out. */
static enum err
copy_text(const struct user_cell *cell, char **copy)
{
	*copy = strndup(cell->data, cell->len);
	return *copy != NULL ? ERR_OK : ERR_MEMORY;
}

/* A line feed or an escape sequence has no place in a name. */
static bool
has_controls(const char *text)
{
	ucs4_t c;

	for (const uint8_t *at = (const uint8_t *)text; (at = u8_next(&c, at)) != NULL; )
		if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Zl |
		    UC_CATEGORY_MASK_Zp))
			return true;
	return false;
}

/* A CSV file has no NULL. */
static bool
is_empty(const struct user_cell *cell)
{
	return cell->type == USER_CELL_NULL || (cell->type == USER_CELL_TEXT && cell->len == 0);
}

static int64_t
read_id(const struct user_cell *cell)
{
	char digits[20] = "";
	int64_t id = cell->type == USER_CELL_INTEGER ? cell->integer : 0;

	/* Without a sign and zeros in front, it is spelt in one way only. */
	if (cell->type == USER_CELL_TEXT && cell->len < sizeof(digits) &&
	    cell->len > 0 && *cell->data != '0') {
		memcpy(digits, cell->data, cell->len);
		if (strspn(digits, "0123456789") == cell->len)
			id = strtoll(digits, NULL, 10);
	}
	return id >= 1 && id <= USER_ID_MAX ? id : 0;
}

static const char *
find_name_fault(const struct user_cell *cell)
{
	if (is_empty(cell))
		return "there is no name";
	if (cell->type != USER_CELL_TEXT || !text_is_utf8(cell->data, cell->len))
		return "the name is not valid text";
	if (cell->len > USER_NAME_BYTES_MAX)
		return "the name is longer than 1024 bytes";
	return NULL;
}

/* Takes a name that the rules refuse as it is. */
static enum err
take_exact_name(struct user_values *values)
{
	if (has_controls(values->typed)) {
		values->refused = "the name has control characters";
		return ERR_OK;
	}
	values->name_kind = USER_NAME_EXACT;
	values->username = strdup(values->typed);
	values->username_key = strdup(values->typed);
	return values->username != NULL && values->username_key != NULL ? ERR_OK : ERR_MEMORY;
}

static enum err
read_name(const struct user_cell *cell, struct user_values *values)
{
	struct username name;	/* its forms are handed over */
	enum err err;

	if ((values->refused = find_name_fault(cell)) != NULL)
		return ERR_OK;
	if ((err = copy_text(cell, &values->typed)) != ERR_OK)
		return err;
	if ((err = username_prepare(values->typed, &name)) == ERR_REFUSED)
		return take_exact_name(values);
	if (err != ERR_OK)
		return err;
	values->username = name.shown;
	values->username_key = name.key;
	values->name_kind = strcmp(name.shown, values->typed) == 0 ? USER_NAME_KEPT
	    : USER_NAME_RENAMED;
	return ERR_OK;
}

/* What is no hash may be a password: only the caller knows, and does not keep it then. */
static enum err
read_hash(const struct user_cell *cell, struct user_values *values)
{
	if (!is_text(cell) || cell->len == 0 || cell->len > USER_HASH_BYTES_MAX)
		return ERR_OK;
	return copy_text(cell, &values->hash);
}

/* Reads a text that is left out when find_fault() finds something wrong with it. */
static enum err
read_profile(const struct user_cell *cell, const char *(*find_fault)(const char *), char **text,
    const char **dropped)
{
	enum err err;

	if (is_empty(cell))
		return ERR_OK;
	if (cell->type != USER_CELL_TEXT || !text_is_utf8(cell->data, cell->len)) {
		/* The sentence for a byte that cannot be in a text names what is wrong. */
		*dropped = find_fault("\xff");
		return ERR_OK;
	}
	if ((err = copy_text(cell, text)) != ERR_OK)
		return err;
	if ((*dropped = find_fault(*text)) == NULL)
		return ERR_OK;
	free(*text);
	*text = NULL;
	return ERR_OK;
}

/* Disables the user unless a flag, if there is such a column, has the value that is wanted. */
static void
read_flag(const struct user_rules *rules, const struct user_cell *cells, enum user_role role,
    enum user_flag wanted, struct user_values *values)
{
	const int column = rules->columns->of[role];
	const enum user_flag flag = user_cell_flag(&cells[role]);
	char name[64], value[USER_CELL_SHOWN_SIZE];

	if (column < 0 || flag == wanted || !values->is_active)
		return;
	values->is_active = false;
	snprintf(values->disabled_because, sizeof(values->disabled_because), "%s is %.120s%s",
	    escape_text(rules->names[column], name, sizeof(name)),
	    user_cell_show(&cells[role], value),
	    flag == USER_FLAG_UNKNOWN ? ", which is neither yes nor no" : "");
}

/* Appends a token to a list that has room for it. */
static void
append_token(char *list, const char *token)
{
	if (*list != '\0')
		strcat(list, " ");
	strcat(list, token);
}

/*
 * Returns what may be given beside the restricted scopes. Whoever could write to a column of an
 * application must not register users with it, unless an option or our own export says so.
 */
static const char *
find_also_given(const struct user_rules *rules)
{
	const bool is_chosen = rules->named->scope == NULL || rules->named->scope_given != NULL;

	return is_chosen ? SCOPE_USERS_CREATE : NULL;
}

/* Sorts one token into those that are given and those that are not, each once. */
static void
sort_token(const struct user_rules *rules, const char *token, char *scope, char *refused)
{
	const bool is_given = scope_is_valid(token) &&
	    scope_is_within(token, rules->restricted_scopes, find_also_given(rules));
	char *list = is_given ? scope : refused;

	if (!scope_has(list, token))
		append_token(list, token);
}

/* Sorts the tokens of a text, which is taken apart; both lists have room for all of them. */
static void
sort_tokens(const struct user_rules *rules, char *text, char *scope, char *refused)
{
	char *rest = text;

	for (char *token; (token = strtok_r(rest, " ,\t\r\n", &rest)) != NULL; )
		sort_token(rules, token, scope, refused);
}

/* The text that lists scopes; *text is owned. */
static enum err
find_scopes(const struct user_rules *rules, const struct user_cell *cell, char **text)
{
	const char *given = rules->named->scope_given;

	if (given != NULL)
		*text = strdup(user_cell_flag(cell) == USER_FLAG_YES ? given : "");
	else
		*text = is_text(cell) ? strndup(cell->data, cell->len) : strdup("");
	return *text != NULL ? ERR_OK : ERR_MEMORY;
}

static enum err
read_scope(const struct user_rules *rules, const struct user_cell *cell,
    struct user_values *values)
{
	char *text = NULL;	/* owned */
	enum err err = find_scopes(rules, cell, &text);

	if (err != ERR_OK)
		return err;
	values->scope = calloc(1, strlen(text) + 1);
	/* To sort them takes time that grows with the square of their number. */
	if (strlen(text) > SCOPE_LEN_MAX)
		values->scope_refused = strdup("of more than 1024 bytes");
	else if ((values->scope_refused = calloc(1, strlen(text) + 1)) != NULL &&
	    values->scope != NULL)
		sort_tokens(rules, text, values->scope, values->scope_refused);
	free(text);
	return values->scope != NULL && values->scope_refused != NULL ? ERR_OK : ERR_MEMORY;
}

enum err
user_values_read(const struct user_rules *rules, const struct user_cell cells[USER_ROLES],
    struct user_values *values)
{
	enum err err;

	*values = (struct user_values){ .is_active = true, .is_imported = true };
	values->id = read_id(&cells[USER_ROLE_ID]);
	values->has_id = !is_empty(&cells[USER_ROLE_ID]);
	if ((err = read_name(&cells[USER_ROLE_USERNAME], values)) != ERR_OK)
		return err;
	if ((err = read_hash(&cells[USER_ROLE_PASSWORD], values)) != ERR_OK)
		return err;
	if ((err = read_profile(&cells[USER_ROLE_EMAIL], profile_find_email_fault, &values->email,
	    &values->dropped_email)) != ERR_OK)
		return err;
	if ((err = read_profile(&cells[USER_ROLE_DISPLAY_NAME], profile_find_display_name_fault,
	    &values->display_name, &values->dropped_display_name)) != ERR_OK)
		return err;
	if ((err = read_profile(&cells[USER_ROLE_GROUPS], groups_find_fault, &values->groups,
	    &values->dropped_groups)) != ERR_OK)
		return err;
	values->email_verified = values->email != NULL &&
	    user_cell_flag(&cells[USER_ROLE_EMAIL_VERIFIED]) == USER_FLAG_YES;
	if ((err = read_scope(rules, &cells[USER_ROLE_SCOPE], values)) != ERR_OK)
		return err;
	read_flag(rules, cells, USER_ROLE_ACTIVE, USER_FLAG_YES, values);
	read_flag(rules, cells, USER_ROLE_DISABLED, USER_FLAG_NO, values);
	values->created_at = user_cell_moment(&cells[USER_ROLE_CREATED_AT]);
	if (rules->columns->of[USER_ROLE_IMPORTED] >= 0)
		values->is_imported =
		    user_cell_flag(&cells[USER_ROLE_IMPORTED]) != USER_FLAG_NO;
	return ERR_OK;
}

void
user_values_clear(struct user_values *values)
{
	free(values->typed);
	free(values->username);
	free(values->username_key);
	secret_free(values->hash);
	free(values->email);
	free(values->display_name);
	free(values->groups);
	free(values->scope);
	free(values->scope_refused);
	*values = (struct user_values){0};
}
