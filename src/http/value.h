/*
 * value: makes JSON values, and the body of a reply of one.
 *
 * json-c reports a lack of memory by NULL, which is also how it writes null: what takes a value
 * here takes NULL for the former, and returns ERR_MEMORY. A value that is taken is released on
 * failure, too.
 */
#ifndef BEARWARD_HTTP_VALUE_H
#define BEARWARD_HTTP_VALUE_H

#include <json-c/json.h>
#include <stdint.h>

#include "base/err.h"
#include "http/reply.h"

/* Add a member to an object: a value, which is taken; a text; one, or null for NULL; a number. */
ERR_CHECKED enum err value_add(struct json_object *object, const char *name,
    struct json_object *value);
ERR_CHECKED enum err value_add_text(struct json_object *object, const char *name,
    const char *text);
ERR_CHECKED enum err value_add_text_or_null(struct json_object *object, const char *name,
    const char *text);
ERR_CHECKED enum err value_add_number(struct json_object *object, const char *name,
    int64_t number);

/* Appends a value, which is taken, to an array. */
ERR_CHECKED enum err value_append(struct json_object *array, struct json_object *value);

/* Makes value the body of a reply; it is borrowed, and its text wiped. */
ERR_CHECKED enum err value_set_body(struct reply *reply, struct json_object *value);

#endif
