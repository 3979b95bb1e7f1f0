/* value: makes JSON values. */
#include "http/value.h"

#include <string.h>

#include "base/secret.h"

enum err
value_add(struct json_object *object, const char *name, struct json_object *value)
{
	if (value == NULL || json_object_object_add(object, name, value) != 0) {
		json_object_put(value);
		return ERR_MEMORY;
	}
	return ERR_OK;
}

enum err
value_add_text(struct json_object *object, const char *name, const char *text)
{
	return value_add(object, name, json_object_new_string(text));
}

enum err
value_add_text_or_null(struct json_object *object, const char *name, const char *text)
{
	if (text != NULL)
		return value_add_text(object, name, text);
	return json_object_object_add(object, name, NULL) == 0 ? ERR_OK : ERR_MEMORY;
}

enum err
value_add_number(struct json_object *object, const char *name, int64_t number)
{
	return value_add(object, name, json_object_new_int64(number));
}

enum err
value_append(struct json_object *array, struct json_object *value)
{
	if (value == NULL || json_object_array_add(array, value) != 0) {
		json_object_put(value);
		return ERR_MEMORY;
	}
	return ERR_OK;
}

enum err
value_set_body(struct reply *reply, struct json_object *value)
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
