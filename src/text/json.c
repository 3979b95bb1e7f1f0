/* json: parses JSON strictly (RFC 8259), and writes it whole. */
#include "text/json.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>

#include "base/secret.h"
#include "base/text.h"

/*
 * The text is read twice: here, by the grammar of RFC 8259 and nothing more, and then by json-c,
 * which is far more forgiving but builds the tree. Each function of the first reading steps over
 * what it is named after, and answers false where something else stands.
 *
 * The second reading is of a copy, in which each character outside ASCII stands as UTF-8, however
 * it was spelled. json-c (0.16) makes U+FFFD of every surrogate pair whose character ends
 * in the bits of a surrogate: of U+2D800, for one. Many passwords would be the same.
 *
 * json-c's own strict mode refuses every byte outside ASCII (0.18) and whole numbers beyond 64
 * bits (0.18 and 0.19). It stays off, and the first reading is the only one that refuses.
 */
struct reader {
	const char *next;	/* borrowed, as the end is */
	const char *end;
	int depth;		/* of arrays and objects we are in */
	size_t members;		/* of all objects together */
	const char *copied;	/* borrowed: the copy has what stands before this */
	char *copy_end;		/* borrowed: where the copy goes on */
};

static bool skip_value(struct reader *reader);

/* The byte to come; NUL at the end, which the text itself does not hold. */
static char
peek(const struct reader *reader)
{
	return reader->next < reader->end ? *reader->next : '\0';
}

static bool
skip_char(struct reader *reader, char c)
{
	if (peek(reader) != c)
		return false;
	reader->next++;
	return true;
}

static void
skip_space(struct reader *reader)
{
	while (peek(reader) != '\0' && strchr(" \t\n\r", peek(reader)) != NULL)
		reader->next++;
}

static bool
skip_literal(struct reader *reader, const char *literal)
{
	for (; *literal != '\0'; literal++)
		if (!skip_char(reader, *literal))
			return false;
	return true;
}

static bool
skip_digits(struct reader *reader)
{
	const char *start = reader->next;

	while (peek(reader) >= '0' && peek(reader) <= '9')
		reader->next++;
	return reader->next > start;
}

static bool
skip_number(struct reader *reader)
{
	(void)skip_char(reader, '-');
	if (!skip_char(reader, '0') && !skip_digits(reader))
		return false;
	if (skip_char(reader, '.') && !skip_digits(reader))
		return false;
	if (!skip_char(reader, 'e') && !skip_char(reader, 'E'))
		return true;
	if (!skip_char(reader, '+'))
		(void)skip_char(reader, '-');
	return skip_digits(reader);
}

static bool
skip_hex4(struct reader *reader, unsigned int *unit)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";

	*unit = 0;
	for (int i = 0; i < 4; i++) {
		const char *found = peek(reader) == '\0' ? NULL : strchr(digits, peek(reader));

		if (found == NULL)
			return false;
		*unit = *unit * 16 + (unsigned int)(found - digits) % 16;
		reader->next++;
	}
	return true;
}

/* Copies what was not yet copied, up to end. */
static void
copy_until(struct reader *reader, const char *end)
{
	size_t len = (size_t)(end - reader->copied);

	memcpy(reader->copy_end, reader->copied, len);
	reader->copy_end += len;
	reader->copied = end;
}

/* Copies the character in place of its escape, which begins at start and ends here. */
static void
copy_character(struct reader *reader, const char *start, unsigned int character)
{
	copy_until(reader, start);
	/* Two or three bytes for six, four bytes for twelve. */
	reader->copy_end += u8_uctomb((uint8_t *)reader->copy_end, character, 4);
	reader->copied = reader->next;
}

/* What follows \u. NUL would cut texts short, and half a surrogate pair is no character. */
static bool
skip_unicode_escape(struct reader *reader)
{
	const char *start = reader->next - strlen("\\u");
	unsigned int unit, low;

	if (!skip_hex4(reader, &unit) || unit == 0)
		return false;
	if (unit >= 0xd800 && unit <= 0xdfff) {
		if (unit > 0xdbff || !skip_literal(reader, "\\u") || !skip_hex4(reader, &low))
			return false;
		if (low < 0xdc00 || low > 0xdfff)
			return false;
		unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
	}
	/* In ASCII are characters that have to be escaped. */
	if (unit >= 0x80)
		copy_character(reader, start, unit);
	return true;
}

/* What follows a backslash. */
static bool
skip_escape(struct reader *reader)
{
	if (skip_char(reader, 'u'))
		return skip_unicode_escape(reader);
	if (peek(reader) == '\0' || strchr("\"\\/bfnrt", peek(reader)) == NULL)
		return false;
	reader->next++;
	return true;
}

static bool
skip_string(struct reader *reader)
{
	if (!skip_char(reader, '"'))
		return false;
	while (!skip_char(reader, '"')) {
		/* Control characters are written as escapes; NUL is the end of the text. */
		if ((unsigned char)peek(reader) < 0x20)
			return false;
		if (*reader->next++ == '\\' && !skip_escape(reader))
			return false;
	}
	return true;
}

static bool
skip_member(struct reader *reader)
{
	reader->members++;
	skip_space(reader);
	if (!skip_string(reader))
		return false;
	skip_space(reader);
	return skip_char(reader, ':') && skip_value(reader);
}

/* What follows '{' or '[': nothing, or items with commas between them. */
static bool
skip_items(struct reader *reader, bool (*skip_item)(struct reader *), char close)
{
	bool is_whole = true;

	/* Bounds the recursion, here and wherever the tree is walked. */
	if (reader->depth == JSON_DEPTH_MAX)
		return false;
	reader->depth++;
	skip_space(reader);
	if (peek(reader) != close) {
		do
			is_whole = skip_item(reader);
		while (is_whole && skip_char(reader, ','));
	}
	reader->depth--;
	return is_whole && skip_char(reader, close);
}

static bool
skip_value(struct reader *reader)
{
	bool is_whole;

	skip_space(reader);
	switch (peek(reader)) {
	case '{':
		reader->next++;
		is_whole = skip_items(reader, skip_member, '}');
		break;
	case '[':
		reader->next++;
		is_whole = skip_items(reader, skip_value, ']');
		break;
	case '"':
		is_whole = skip_string(reader);
		break;
	case 't':
		is_whole = skip_literal(reader, "true");
		break;
	case 'f':
		is_whole = skip_literal(reader, "false");
		break;
	case 'n':
		is_whole = skip_literal(reader, "null");
		break;
	default:
		is_whole = skip_number(reader);
	}
	skip_space(reader);
	return is_whole;
}

static size_t
count_members(struct json_object *value)
{
	size_t count = 0;

	if (json_object_is_type(value, json_type_array))
		for (size_t i = 0; i < json_object_array_length(value); i++)
			count += count_members(json_object_array_get_idx(value, i));
	if (!json_object_is_type(value, json_type_object))
		return count;
	json_object_object_foreach(value, name, member) {
		(void)name;
		count += 1 + count_members(member);
	}
	return count;
}

/* The second reading, of a text that is known to be well-formed. */
static enum err
build_tree(const char *text, size_t len, struct json_object **value)
{
	/* json-c spends a level on what stands in the innermost array or object. */
	struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH_MAX + 1);	/* owned */
	enum err err = ERR_MEMORY;
	size_t end;

	if (tokener == NULL)
		return ERR_MEMORY;
	json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8);
	/* It stops behind the value, and not behind the space after it. */
	while (len > 0 && strchr(" \t\n\r", text[len - 1]) != NULL)
		len--;
	*value = json_tokener_parse_ex(tokener, text, (int)len);
	end = json_tokener_get_parse_end(tokener);

	/* For all json-c knows, a number or a literal that ends the text could go on. */
	if (json_tokener_get_error(tokener) == json_tokener_continue)
		*value = json_tokener_parse_ex(tokener, " ", 1);
	/* Out of memory, json-c reports some error of the text, or stops and reports success. */
	if (json_tokener_get_error(tokener) == json_tokener_success && end == len)
		err = ERR_OK;
	json_tokener_free(tokener);
	return err;
}

/*
 * Of two members with one name json-c keeps the last: fewer are left than were read. It also drops
 * one for which it has no memory; but hardly the same one twice.
 */
static enum err
explain_missing(const char *text, size_t len, size_t left)
{
	struct json_object *again = NULL;	/* owned */
	enum err err = build_tree(text, len, &again);

	if (err == ERR_OK)
		err = count_members(again) == left ? ERR_JSON : ERR_MEMORY;
	json_object_put(again);
	return err;
}

enum err
json_parse(const char *text, size_t len, struct json_object **value)
{
	struct reader reader = { .next = text, .end = text + len, .copied = text };
	char *copy = NULL;	/* owned, secret, len bytes */
	enum err err = ERR_JSON;

	*value = NULL;
	if (len == 0 || len > INT_MAX || !text_is_utf8(text, len))
		goto out;
	if ((copy = malloc(len)) == NULL) {
		err = ERR_MEMORY;
		goto out;
	}
	reader.copy_end = copy;
	if (!skip_value(&reader) || reader.next != reader.end)
		goto out;
	copy_until(&reader, reader.end);
	if ((err = build_tree(copy, (size_t)(reader.copy_end - copy), value)) != ERR_OK)
		goto out;
	if (count_members(*value) != reader.members)
		err = explain_missing(copy, (size_t)(reader.copy_end - copy),
		    count_members(*value));
out:
	secret_wipe(copy, len);
	free(copy);
	if (err != ERR_OK) {
		json_object_put(*value);
		*value = NULL;
	}
	return err;
}

enum err
json_write(struct json_object *value, char **text)
{
	const char *written = json_object_to_json_string_ext(value,	/* borrowed from it */
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	struct json_object *again = NULL;	/* owned, secret */

	*text = NULL;
	if (written == NULL)
		return ERR_MEMORY;
	if (json_parse(written, strlen(written), &again) == ERR_OK &&
	    json_object_equal(value, again))
		*text = strdup(written);
	json_object_put(again);
	/* It would be freed unwiped with value. */
	secret_wipe((void *)(uintptr_t)written, strlen(written));
	return *text == NULL ? ERR_MEMORY : ERR_OK;
}
