/*
 * json: parses JSON strictly (RFC 8259), as nothing else in the program does, and writes it whole.
 *
 * json-c does the parsing. This file refuses what json-c accepts although it is no JSON: invalid
 * UTF-8, a byte order mark, raw control characters, NaN and Infinity, misspelt numbers and
 * literals, comments, trailing data. It also refuses \u0000, lone surrogates, duplicate member
 * names at any depth and more than 16 levels of arrays and objects (protocol section 1.8). Every
 * spelling of a text, with escapes or without, gives the same value.
 */
#ifndef BEARWARD_TEXT_JSON_H
#define BEARWARD_TEXT_JSON_H

#include <json-c/json.h>
#include <stddef.h>

#include "base/err.h"

enum { JSON_DEPTH_MAX = 16 };

/*
 * Parses text of len bytes. The caller releases *value with json_object_put(); it is NULL for the
 * JSON null and on failure. Returns ERR_JSON when text is not one well-formed value, ERR_MEMORY
 * when memory is out.
 */
ERR_CHECKED enum err json_parse(const char *text, size_t len, struct json_object **value);

/*
 * Writes a value as compact JSON; *text is owned, and wiped by secret_free(). Returns ERR_MEMORY
 * when memory is out; *text is then NULL. What it has no memory for, json-c leaves out without a
 * word, so the text is read again: for documents that must be whole.
 */
ERR_CHECKED enum err json_write(struct json_object *value, char **text);

#endif
