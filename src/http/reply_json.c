/* reply_json: bodies in JSON. */
#include "http/reply_json.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "http/value.h"

enum { TEXT_SIZE = 128 };

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

	if ((err = value_add_text(object, "access_token", tokens->jwt)) != ERR_OK)
		return err;
	if ((err = value_add_text(object, "token_type", "bearer")) != ERR_OK)
		return err;
	err = value_add_number(object, "expires_in", tokens->expires_in);
	if (err == ERR_OK && *tokens->refresh_token != '\0')
		err = value_add_text(object, "refresh_token", tokens->refresh_token);
	if (err == ERR_OK && tells_scope)
		err = value_add_text(object, "scope", tokens->scope);
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
		err = value_set_body(reply, object);
	wipe_text(object, "access_token");
	wipe_text(object, "refresh_token");
	json_object_put(object);
	return err;
}

static enum err
add_user(struct json_object *object, const struct user *user)
{
	enum err err;

	if ((err = value_add_number(object, "id", user->id)) != ERR_OK)
		return err;
	if ((err = value_add_text(object, "username", user->username)) != ERR_OK)
		return err;
	return value_add(object, "is_active", json_object_new_boolean(user->is_active));
}

/* The members that the FastAPI tutorial's own answer has. */
static enum err
add_profile(struct json_object *object, const struct user *user)
{
	enum err err;

	if ((err = value_add_text_or_null(object, "email", user->email)) != ERR_OK)
		return err;
	if ((err = value_add_text_or_null(object, "full_name", user->display_name)) != ERR_OK)
		return err;
	return value_add(object, "disabled", json_object_new_boolean(!user->is_active));
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
	err = value_set_body(reply, object);
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
		err = value_set_body(reply, object);
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
		return *audiences == '\0' ? ERR_OK : value_add_text(object, "aud", audiences);
	if ((list = json_object_new_array()) == NULL)
		return ERR_MEMORY;
	for (; *audiences != '\0' && err == ERR_OK; audiences += strlen(audiences) + 1)
		err = value_append(list, json_object_new_string(audiences));
	if (err == ERR_OK)
		return value_add(object, "aud", list);
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
			err = value_add_text(object, members[i].name, members[i].text);
		else if (members[i].text == NULL && members[i].number != 0)
			err = value_add_number(object, members[i].name, members[i].number);
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
	err = value_add(object, "active", json_object_new_boolean(told->is_active));
	if (err == ERR_OK && told->is_active)
		err = add_introspection(object, told);
	if (err == ERR_OK)
		err = value_set_body(reply, object);
	json_object_put(object);
	return err;
}

/* ["body",FIELD], or of the query; NULL when out of memory, as all that makes a value here. */
static struct json_object *
new_place(const struct fault *fault)
{
	struct json_object *place = json_object_new_array();	/* owned */

	if (place == NULL)
		return NULL;
	if (value_append(place, json_object_new_string(fault->place)) == ERR_OK &&
	    (fault->field == NULL ||
	    value_append(place, json_object_new_string(fault->field)) == ERR_OK))
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
	if (value_add_text(object, "type", fault->type) == ERR_OK &&
	    value_add(object, "loc", new_place(fault)) == ERR_OK &&
	    value_add_text(object, "msg", fault->message) == ERR_OK)
		return object;
	json_object_put(object);
	return NULL;
}

static struct json_object *
new_fault_list(const struct faults *faults)
{
	struct json_object *list = json_object_new_array();	/* owned */

	for (size_t i = 0; list != NULL && i < faults->count; i++) {
		if (value_append(list, new_fault(&faults->list[i])) == ERR_OK)
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
		if ((err = value_add_text(object, "error", code)) != ERR_OK)
			goto out;
		if ((err = value_add_text(object, "error_description", text)) != ERR_OK)
			goto out;
	}
	err = value_add(object, "detail", answer->status == 422 ? new_fault_list(faults)
								: json_object_new_string(text));
	if (err == ERR_OK)
		err = value_set_body(reply, object);
out:
	json_object_put(object);
	return err;
}
