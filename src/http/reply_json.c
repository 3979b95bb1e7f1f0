/* reply_json: bodies in JSON. */
#include "http/reply_json.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"

enum { TEXT_SIZE = 128 };

/* Makes value the body. */
static enum err
set_body(struct reply *reply, struct json_object *value)
{
	const char *text = json_object_to_json_string_ext(value,
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	const enum err err = reply_set_body(reply, "application/json",
	    text == NULL ? NULL : strdup(text));

	/* It would be freed unwiped with value. */
	if (text != NULL)
		secret_wipe((void *)(uintptr_t)text, strlen(text));
	return err;
}

/* json-c reports a lack of memory by NULL, which is also how it writes null: refuse both. */
static enum err
add(struct json_object *object, const char *name, struct json_object *value)
{
	if (value == NULL || json_object_object_add(object, name, value) != 0) {
		json_object_put(value);
		return ERR_MEMORY;
	}
	return ERR_OK;
}

static enum err
append(struct json_object *array, struct json_object *value)
{
	if (value == NULL || json_object_array_add(array, value) != 0) {
		json_object_put(value);
		return ERR_MEMORY;
	}
	return ERR_OK;
}

static enum err
add_text(struct json_object *object, const char *name, const char *text)
{
	return add(object, name, json_object_new_string(text));
}

/* Wipes a text that object has a copy of. */
static void
wipe_text(struct json_object *object, const char *name)
{
	struct json_object *value = json_object_object_get(object, name);	/* borrowed */

	if (value != NULL)
		secret_wipe((void *)(uintptr_t)json_object_get_string(value),
		    (size_t)json_object_get_string_len(value));
}

static enum err
add_tokens(struct json_object *object, const struct grant_tokens *tokens, bool tells_scope)
{
	enum err err;

	if ((err = add_text(object, "access_token", tokens->jwt)) != ERR_OK)
		return err;
	if ((err = add_text(object, "token_type", "bearer")) != ERR_OK)
		return err;
	err = add(object, "expires_in", json_object_new_int64(tokens->expires_in));
	if (err == ERR_OK && *tokens->refresh_token != '\0')
		err = add_text(object, "refresh_token", tokens->refresh_token);
	if (err == ERR_OK && tells_scope)
		err = add_text(object, "scope", tokens->scope);
	return err;
}

enum err
reply_token(struct reply *reply, const struct grant_tokens *tokens, const char *requested)
{
	const bool tells_scope = requested != NULL || *tokens->scope != '\0';
	struct json_object *object = json_object_new_object();	/* owned, secret */
	enum err err = ERR_MEMORY;

	if (object == NULL)
		return err;
	if ((err = add_tokens(object, tokens, tells_scope)) == ERR_OK)
		err = set_body(reply, object);
	wipe_text(object, "access_token");
	wipe_text(object, "refresh_token");
	json_object_put(object);
	return err;
}

static enum err
add_text_or_null(struct json_object *object, const char *name, const char *text)
{
	if (text != NULL)
		return add_text(object, name, text);
	return json_object_object_add(object, name, NULL) == 0 ? ERR_OK : ERR_MEMORY;
}

static enum err
add_user(struct json_object *object, const struct user *user)
{
	enum err err;

	if ((err = add(object, "id", json_object_new_int64(user->id))) != ERR_OK)
		return err;
	if ((err = add_text(object, "username", user->username)) != ERR_OK)
		return err;
	return add(object, "is_active", json_object_new_boolean(user->is_active));
}

/* The members that the FastAPI tutorial's own answer has. */
static enum err
add_profile(struct json_object *object, const struct user *user)
{
	enum err err;

	if ((err = add_text_or_null(object, "email", user->email)) != ERR_OK)
		return err;
	if ((err = add_text_or_null(object, "full_name", user->display_name)) != ERR_OK)
		return err;
	return add(object, "disabled", json_object_new_boolean(!user->is_active));
}

enum err
reply_user(struct reply *reply, const struct user *user)
{
	struct json_object *object = json_object_new_object();	/* owned */
	enum err err = ERR_MEMORY;

	if (object == NULL)
		return err;
	if ((err = add_user(object, user)) != ERR_OK)
		goto out;
	if (reply->config->profile && (err = add_profile(object, user)) != ERR_OK)
		goto out;
	err = set_body(reply, object);
out:
	json_object_put(object);
	return err;
}

enum err
reply_created(struct reply *reply, const struct user *user)
{
	struct json_object *object = json_object_new_object();	/* owned */
	enum err err = ERR_MEMORY;

	reply->status = reply->config->dialect->created;
	/* RFC 9110, section 15.3.2: a 201 says where the new resource is. */
	if (reply->status == 201)
		(void)reply_header(reply, "Location", "/users/me/");
	if (object != NULL && (err = add_user(object, user)) == ERR_OK)
		err = set_body(reply, object);
	json_object_put(object);
	return err;
}

/* A text where there is one, or else several, one after the other; nothing where there is none. */
static enum err
add_audiences(struct json_object *object, const char *audiences)
{
	struct json_object *list;	/* taken */
	enum err err = ERR_OK;

	if (*audiences == '\0' || audiences[strlen(audiences) + 1] == '\0')
		return *audiences == '\0' ? ERR_OK : add_text(object, "aud", audiences);
	if ((list = json_object_new_array()) == NULL)
		return ERR_MEMORY;
	for (; *audiences != '\0' && err == ERR_OK; audiences += strlen(audiences) + 1)
		err = append(list, json_object_new_string(audiences));
	if (err == ERR_OK)
		return add(object, "aud", list);
	json_object_put(list);
	return err;
}

/* What is not told of a token has no member. */
static enum err
add_introspection(struct json_object *object, const struct introspection *told)
{
	const struct {
		const char *name;
		const char *text;	/* NULL: number counts; "": none */
		int64_t number;		/* 0: none */
	} members[] = {
		{ "scope", told->scope, 0 },
		{ "client_id", told->client_id, 0 },
		{ "username", told->username, 0 },
		{ "token_type", told->token_type, 0 },
		{ "exp", NULL, told->expires_at },
		{ "iat", NULL, told->issued_at },
		{ "sub", told->subject, 0 },
		{ "iss", told->issuer, 0 },
		{ "jti", told->jti, 0 },
	};
	enum err err = add_audiences(object, told->audiences);

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]) && err == ERR_OK; i++) {
		if (members[i].text != NULL && *members[i].text != '\0')
			err = add_text(object, members[i].name, members[i].text);
		else if (members[i].text == NULL && members[i].number != 0)
			err = add(object, members[i].name,
			    json_object_new_int64(members[i].number));
	}
	return err;
}

enum err
reply_introspection(struct reply *reply, const struct introspection *told)
{
	struct json_object *object = json_object_new_object();	/* owned */
	enum err err = ERR_MEMORY;

	if (object == NULL)
		return err;
	err = add(object, "active", json_object_new_boolean(told->is_active));
	if (err == ERR_OK && told->is_active)
		err = add_introspection(object, told);
	if (err == ERR_OK)
		err = set_body(reply, object);
	json_object_put(object);
	return err;
}

/* ["body",FIELD]; NULL when out of memory, as all that makes a value here. */
static struct json_object *
new_place(const struct fault *fault)
{
	struct json_object *place = json_object_new_array();	/* owned */

	if (place == NULL)
		return NULL;
	if (append(place, json_object_new_string("body")) == ERR_OK && (fault->field == NULL ||
	    append(place, json_object_new_string(fault->field)) == ERR_OK))
		return place;
	json_object_put(place);
	return NULL;
}

/* {"type":T,"loc":["body",FIELD],"msg":M}, as FastAPI's clients expect it. */
static struct json_object *
new_fault(const struct fault *fault)
{
	struct json_object *object = json_object_new_object();	/* owned */

	if (object == NULL)
		return NULL;
	if (add_text(object, "type", fault->type) == ERR_OK &&
	    add(object, "loc", new_place(fault)) == ERR_OK &&
	    add_text(object, "msg", fault->message) == ERR_OK)
		return object;
	json_object_put(object);
	return NULL;
}

static struct json_object *
new_fault_list(const struct faults *faults)
{
	struct json_object *list = json_object_new_array();	/* owned */

	for (size_t i = 0; list != NULL && i < faults->count; i++) {
		if (append(list, new_fault(&faults->list[i])) == ERR_OK)
			continue;
		json_object_put(list);
		list = NULL;
	}
	return list;
}

/* What is said of an error, in room of TEXT_SIZE. */
static const char *
format_text(const struct reply *reply, const struct answer *answer, char *room)
{
	if (answer->after_media == NULL)
		return answer->text;
	snprintf(room, TEXT_SIZE, "%s %s%s", answer->text, reply->media_wanted,
	    answer->after_media);
	return room;
}

enum err
reply_json_error(struct reply *reply, const struct answer *answer, const struct faults *faults)
{
	struct json_object *object = json_object_new_object();	/* owned */
	char room[TEXT_SIZE];
	const char *text = format_text(reply, answer, room);
	const char *code = answer->code != NULL ? answer->code : answer->bearer_error;
	enum err err = ERR_MEMORY;

	if (object == NULL)
		return err;
	if (reply->family == FAMILY_OAUTH && code != NULL) {
		if ((err = add_text(object, "error", code)) != ERR_OK)
			goto out;
		if ((err = add_text(object, "error_description", text)) != ERR_OK)
			goto out;
	}
	err = add(object, "detail", answer->status == 422 ? new_fault_list(faults)
							  : json_object_new_string(text));
	if (err == ERR_OK)
		err = set_body(reply, object);
out:
	json_object_put(object);
	return err;
}
