/*
 * json: one strict reading of JSON (RFC 8259) for the whole program.
 *
 * json-c does the parsing; this file refuses what json-c lets through: invalid UTF-8, a byte
 * order mark, raw control characters, \u0000, lone surrogates, NaN and Infinity, misspelt numbers
 * and literals, comments, duplicate member names at any depth, trailing data, more than 16 levels
 * of arrays and objects (protocol section 1.8).
 */
#ifndef BEARWARD_TEXT_JSON_H
#define BEARWARD_TEXT_JSON_H

#include <json-c/json.h>
#include <stddef.h>

#include "base/err.h"

enum { JSON_DEPTH_MAX = 16 };

/*
 * Reads text of len bytes. ERR_JSON when it is not one well-formed value; ERR_INTERNAL when out
 * of memory. *value is owned by the caller, released with json_object_put(), and NULL for null
 * and on failure.
 */
ERR_CHECKED enum err json_parse(const char *text, size_t len, struct json_object **value);

#endif
