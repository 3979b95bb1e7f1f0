/* token_claims: writes, checks and takes over what a token says. */
#include "token/claims.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "text/json.h"
#include "text/scope.h"

enum presence { PRESENCE_REQUIRED, PRESENCE_OPTIONAL, PRESENCE_IGNORED };

/* CLAIM_MOMENT: seconds since 1970, which may have a fraction (RFC 7519, section 2). */
enum claim_type { CLAIM_TEXT, CLAIM_INTEGER, CLAIM_MOMENT };

/* The claims we read, their types and who must have them; `aud` has its own check. */
static const struct rule {
	const char *name;
	enum claim_type type;
	enum presence presence[TOKEN_KINDS];
} rules[] = {
	{ "iss", CLAIM_TEXT, { PRESENCE_REQUIRED, PRESENCE_OPTIONAL } },
	{ "sub", CLAIM_TEXT, { PRESENCE_REQUIRED, PRESENCE_REQUIRED } },
	{ "uid", CLAIM_INTEGER, { PRESENCE_REQUIRED, PRESENCE_IGNORED } },
	{ "exp", CLAIM_MOMENT, { PRESENCE_REQUIRED, PRESENCE_REQUIRED } },
	{ "nbf", CLAIM_MOMENT, { PRESENCE_OPTIONAL, PRESENCE_OPTIONAL } },
	{ "iat", CLAIM_MOMENT, { PRESENCE_REQUIRED, PRESENCE_IGNORED } },
	{ "jti", CLAIM_TEXT, { PRESENCE_REQUIRED, PRESENCE_IGNORED } },
	{ "gid", CLAIM_TEXT, { PRESENCE_OPTIONAL, PRESENCE_IGNORED } },
	{ "client_id", CLAIM_TEXT, { PRESENCE_REQUIRED, PRESENCE_IGNORED } },
	{ "username", CLAIM_TEXT, { PRESENCE_REQUIRED, PRESENCE_IGNORED } },
	{ "scope", CLAIM_TEXT, { PRESENCE_OPTIONAL, PRESENCE_IGNORED } },
};

/* Adds a member to object, taking value. Returns false when there is no memory. */
static bool
add(struct json_object *object, const char *name, struct json_object *value)
{
	if (value != NULL && json_object_object_add(object, name, value) == 0)
		return true;
	json_object_put(value);
	return false;
}

/* Adds the claims of protocol section 4.1. Returns false when there is no memory. */
static bool
add_claims(struct json_object *object, const struct config *config,
    const struct token_subject *subject, int64_t now, const char *jti, const char *gid)
{
	char id[sizeof("-9223372036854775808")];
	const struct {
		const char *name;
		const char *text;	/* NULL: number counts */
		int64_t number;
	} claims[] = {
		{ "iss", config->issuer, 0 },
		{ "sub", config->dialect->sub_is_username ? subject->username : id, 0 },
		{ "uid", NULL, subject->uid },
		{ "aud", config->audience, 0 },
		{ "exp", NULL, subject->expires_at },
		{ "iat", NULL, now },
		{ "jti", jti, 0 },
		{ "gid", gid, 0 },
		{ "client_id", config->client_id, 0 },
		{ "username", subject->username, 0 },
		{ "scope", subject->scope, 0 },
	};
	bool is_added = true;

	snprintf(id, sizeof(id), "%" PRId64, subject->uid);
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]) && is_added; i++) {
		const char *text = claims[i].text;

		if (text == NULL)
			is_added = add(object, claims[i].name,
			    json_object_new_int64(claims[i].number));
		/* No audience, no scope, no grant: no such claim. */
		else if (*text != '\0')
			is_added = add(object, claims[i].name, json_object_new_string(text));
	}
	return is_added;
}

enum err
token_claims_write(const struct config *config, const struct token_subject *subject, int64_t now,
    char **json)
{
	struct json_object *object = NULL;	/* owned, json_object_put() */
	unsigned char random[TOKEN_ID_LEN];
	char jti[BASE64_SIZE(TOKEN_ID_LEN)], gid[BASE64_SIZE(TOKEN_ID_LEN)] = "";
	const char *text;			/* borrowed from object */

	*json = NULL;
	if (secret_random(random, sizeof(random)) != ERR_OK)
		goto out;
	(void)text_encode_base64(BASE64_URL, random, sizeof(random), jti);
	if (subject->gid != NULL)
		(void)text_encode_base64(BASE64_URL, subject->gid, TOKEN_ID_LEN, gid);
	if ((object = json_object_new_object()) == NULL)
		goto out;
	if (!add_claims(object, config, subject, now, jti, gid))
		goto out;
	text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	if (text != NULL)
		*json = strdup(text);
out:
	json_object_put(object);
	return *json == NULL ? ERR_MEMORY : ERR_OK;
}

/* Returns the claim's value, or NULL when it is absent, or null. */
static struct json_object *
claim(const struct json_object *claims, const char *name)
{
	struct json_object *value = NULL;

	(void)json_object_object_get_ex(claims, name, &value);
	return value;
}

/* Returns the text of a claim that only our own tokens have, or "" where there is none. */
static const char *
own_text(const struct json_object *claims, enum token_kind kind, const char *name)
{
	struct json_object *value = kind == TOKEN_OWN ? claim(claims, name) : NULL;

	return value == NULL ? "" : json_object_get_string(value);
}

/* json-c clamps an integer that is too large to the least or the largest of 64 bits. */
static bool
is_number_in_range(const struct json_object *value)
{
	const double number = json_object_get_double(value);

	if (json_object_is_type(value, json_type_int))
		return json_object_get_int64(value) > INT64_MIN &&
		    json_object_get_int64(value) < INT64_MAX;
	return number > (double)INT64_MIN && number < (double)INT64_MAX;
}

static bool
is_of_type(const struct json_object *value, enum claim_type type)
{
	if (type == CLAIM_TEXT)
		return json_object_is_type(value, json_type_string);
	if (!json_object_is_type(value, json_type_int) &&
	    !(type == CLAIM_MOMENT && json_object_is_type(value, json_type_double)))
		return false;
	return is_number_in_range(value);
}

static bool
keeps_rule(const struct json_object *claims, const struct rule *rule, enum token_kind kind)
{
	struct json_object *value;

	if (rule->presence[kind] == PRESENCE_IGNORED)
		return true;
	if (!json_object_object_get_ex(claims, rule->name, &value))
		return rule->presence[kind] == PRESENCE_OPTIONAL;
	return is_of_type(value, rule->type);
}

/*
 * Returns a moment that keeps its rule, rounded up: what is before that on our clock, which counts
 * whole seconds, is before the moment, too.
 */
static int64_t
moment(const struct json_object *claims, const char *name)
{
	const struct json_object *value = claim(claims, name);
	const double seconds = json_object_get_double(value);
	int64_t whole;

	if (json_object_is_type(value, json_type_int))
		return json_object_get_int64(value);
	whole = (int64_t)seconds;
	return (double)whole < seconds ? whole + 1 : whole;
}

static bool
is_text(struct json_object *value, const char *text)
{
	return json_object_is_type(value, json_type_string) &&
	    strcmp(json_object_get_string(value), text) == 0;
}

/* Returns whether aud, a text or a list of texts (RFC 7519, section 4.1.3), has audience. */
static bool
has_audience(struct json_object *aud, const char *audience)
{
	bool is_found = false;

	if (!json_object_is_type(aud, json_type_array))
		return is_text(aud, audience);
	for (size_t i = 0; i < json_object_array_length(aud); i++) {
		struct json_object *value = json_object_array_get_idx(aud, i);

		if (!json_object_is_type(value, json_type_string))
			return false;
		is_found = is_found || is_text(value, audience);
	}
	return is_found;
}

/*
 * Finds the claim by which a program tells its refresh tokens, and those of password resets, from
 * access tokens: it signs all of them with the one secret. Returns NULL where there is none.
 */
static const char *
find_other_use(const struct json_object *claims)
{
	static const char *const names[] = { "type", "token_type", "token_use", "use", "purpose" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct json_object *value = NULL;	/* borrowed */

		if (json_object_object_get_ex(claims, names[i], &value) &&
		    !is_text(value, "access") && !is_text(value, "bearer"))
			return names[i];
	}
	return NULL;
}

/* Reads an id. Returns false when it is not TOKEN_ID_LEN bytes in base64url. */
static bool
read_id(const struct json_object *claims, const char *name, unsigned char id[TOKEN_ID_LEN])
{
	const char *text = own_text(claims, TOKEN_OWN, name);
	size_t len = 0;

	return text_decode_base64(BASE64_URL, text, strlen(text), id, TOKEN_ID_LEN, &len) ==
	    ERR_OK && len == TOKEN_ID_LEN;
}

/* Returns the name of an id that is there and cannot be one of ours, or NULL. */
static const char *
find_wrong_id(const struct json_object *claims)
{
	unsigned char id[TOKEN_ID_LEN];

	if (!read_id(claims, "jti", id))
		return "jti";
	return claim(claims, "gid") == NULL || read_id(claims, "gid", id) ? NULL : "gid";
}

const char *
token_claims_find_wrong(const struct config *config, const struct json_object *claims,
    enum token_kind kind, int64_t now)
{
	bool has_aud, needs_aud = kind == TOKEN_OWN && *config->audience != '\0';

	if (!json_object_is_type(claims, json_type_object))
		return "not an object";
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (!keeps_rule(claims, &rules[i], kind))
			return rules[i].name;

	/* From here on a claim is absent only where it may be. */
	has_aud = json_object_object_get_ex(claims, "aud", NULL);
	if (claim(claims, "iss") != NULL && !is_text(claim(claims, "iss"), config->issuer))
		return "iss";
	if (has_aud ? !has_audience(claim(claims, "aud"), config->audience) : needs_aud)
		return "aud";
	if (moment(claims, "exp") <= now)
		return "exp";
	if (claim(claims, "nbf") != NULL && moment(claims, "nbf") > now)
		return "nbf";
	if (kind == TOKEN_OWN && json_object_get_int64(claim(claims, "uid")) <= 0)
		return "uid";
	if (!scope_is_valid(own_text(claims, kind, "scope")))
		return "scope";
	return kind == TOKEN_TUTORIAL ? find_other_use(claims) : find_wrong_id(claims);
}

/* Copies text to *end, and moves that behind it. Returns the copy. */
static const char *
put(char **end, const char *text)
{
	const char *copy = *end;

	*end = stpcpy(*end, text) + 1;
	return copy;
}

/* Copies every audience, all of which are texts; an empty one is left out. */
static const char *
put_audiences(char **end, struct json_object *aud)
{
	const char *audiences = *end;

	if (json_object_is_type(aud, json_type_string) && json_object_get_string_len(aud) > 0)
		(void)put(end, json_object_get_string(aud));
	if (json_object_is_type(aud, json_type_array))
		for (size_t i = 0; i < json_object_array_length(aud); i++)
			put_audiences(end, json_object_array_get_idx(aud, i));
	**end = '\0';
	return audiences;
}

enum err
token_claims_take(const struct json_object *claims, size_t payload_len, enum token_kind kind,
    struct token *token)
{
	/* No text is longer than JSON writes it; five ends of one are to spare. */
	char *end = malloc(payload_len + 5);

	if (end == NULL)
		return ERR_MEMORY;
	token->text = end;
	token->expires_at = moment(claims, "exp");
	token->subject = put(&end, json_object_get_string(claim(claims, "sub")));
	token->username = token->subject;
	token->client_id = put(&end, own_text(claims, kind, "client_id"));
	token->scope = put(&end, own_text(claims, kind, "scope"));
	if (kind == TOKEN_OWN) {
		token->uid = json_object_get_int64(claim(claims, "uid"));
		token->issued_at = moment(claims, "iat");
		token->has_jti = read_id(claims, "jti", token->jti);
		token->has_gid = read_id(claims, "gid", token->gid);
		token->username = put(&end, own_text(claims, kind, "username"));
	}
	token->audiences = put_audiences(&end, claim(claims, "aud"));
	token->text_size = (size_t)(end - token->text) + 1;
	return ERR_OK;
}
