/*
 * json: a JSON body. It is accepted where a second reader, written here from RFC 8259 and protocol
 * section 1.8, accepts it, and has the same value; and what our answers' writer makes of that
 * value is read again to the same.
 */
#include "fuzz.h"

#include <math.h>

#include "text/json.h"

enum { DEPTH_MAX = 16 };

/* The second reader walks the text and the tree side by side. tree is NULL where there is none. */
struct second {
	const char *next, *end;		/* borrowed; a NUL is behind the end */
	bool compares;			/* false: the text alone is read */
};

struct text {
	char *bytes;			/* owned */
	size_t len;
};

static bool second_value(struct second *s, struct json_object *tree, int depth);

static void
skip_blanks(struct second *s)
{
	while (*s->next == ' ' || *s->next == '\t' || *s->next == '\n' || *s->next == '\r')
		s->next++;
}

static bool
unit_of(const char *digits, unsigned long *unit)
{
	char four[5] = "";

	strncat(four, digits, 4);
	if (strspn(four, "0123456789abcdefABCDEF") != 4)
		return false;
	*unit = strtoul(four, NULL, 16);
	return true;
}

static void
put_character(struct text *text, unsigned long c)
{
	const unsigned long lead = c < 0x800 ? 0xc0 : c < 0x10000 ? 0xe0 : 0xf0;
	int shift = c < 0x80 ? 0 : c < 0x800 ? 6 : c < 0x10000 ? 12 : 18;

	text->bytes[text->len++] = (char)(c < 0x80 ? c : lead | c >> shift);
	while (shift > 0) {
		shift -= 6;
		text->bytes[text->len++] = (char)(0x80 | (c >> shift & 0x3f));
	}
}

/* Behind "\u"; false for NUL, and for half a pair. */
static bool
second_escape(struct second *s, struct text *text)
{
	unsigned long unit, low;

	if (!unit_of(s->next, &unit) || unit == 0 || (unit & 0xfc00) == 0xdc00)
		return false;
	s->next += 4;
	if ((unit & 0xfc00) == 0xd800) {
		if (s->next[0] != '\\' || s->next[1] != 'u' || !unit_of(s->next + 2, &low))
			return false;
		if ((low & 0xfc00) != 0xdc00)
			return false;
		s->next += 6;
		unit = 0x10000 + (unit - 0xd800) * 0x400 + low - 0xdc00;
	}
	put_character(text, unit);
	return true;
}

/* Reads a string into text, whose bytes are freed by the caller also on failure. */
static bool
second_string(struct second *s, struct text *text)
{
	static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";

	/* No escape is shorter than what it stands for. */
	*text = (struct text){ malloc((size_t)(s->end - s->next) + 1), 0 };
	assert(text->bytes != NULL);
	if (*s->next++ != '"')
		return false;
	while (*s->next != '"') {
		const char c = *s->next++, *letter;

		if ((unsigned char)c < 0x20)
			return false;
		if (c != '\\') {
			text->bytes[text->len++] = c;
			continue;
		}
		if (*s->next == 'u') {
			s->next++;
			if (!second_escape(s, text))
				return false;
			continue;
		}
		if (*s->next == '\0' || (letter = strchr(letters, *s->next)) == NULL)
			return false;
		text->bytes[text->len++] = meanings[letter - letters];
		s->next++;
	}
	s->next++;
	text->bytes[text->len] = '\0';
	return true;
}

static size_t
digits_at(const char *text)
{
	return strspn(text, "0123456789");
}

/* The length of a number; 0 where there is none. */
static size_t
number_at(const char *text, bool *is_whole)
{
	const char *c = text + (*text == '-');
	size_t digits = *c == '0' ? 1 : digits_at(c);

	*is_whole = true;
	if (digits == 0)
		return 0;
	c += digits;
	if (*c == '.') {
		*is_whole = false;
		if ((digits = digits_at(++c)) == 0)
			return 0;
		c += digits;
	}
	if (*c == 'e' || *c == 'E') {
		*is_whole = false;
		c++;
		c += *c == '+' || *c == '-';
		if ((digits = digits_at(c)) == 0)
			return 0;
		c += digits;
	}
	return (size_t)(c - text);
}

static bool
second_number(struct second *s, struct json_object *tree)
{
	bool is_whole;
	const size_t len = number_at(s->next, &is_whole);
	const double number = len == 0 ? 0 : strtod(s->next, NULL);

	if (len == 0)
		return false;
	s->next += len;
	if (!s->compares)
		return true;
	assert(json_object_is_type(tree, is_whole ? json_type_int : json_type_double));
	/* A whole number that is larger than 64 bits is clamped; claims know. */
	if (!is_whole || fabs(number) < 9e18)
		assert(!(json_object_get_double(tree) < number) &&
		    !(json_object_get_double(tree) > number));
	return true;
}

static bool
second_literal(struct second *s, const char *literal, bool is_right)
{
	if (strncmp(s->next, literal, strlen(literal)) != 0)
		return false;
	s->next += strlen(literal);
	assert(!s->compares || is_right);
	return true;
}

static bool
second_text(struct second *s, struct json_object *tree)
{
	struct text text;
	const bool is_string = second_string(s, &text);

	if (is_string && s->compares) {
		assert(json_object_is_type(tree, json_type_string));
		assert((size_t)json_object_get_string_len(tree) == text.len);
		assert(memcmp(json_object_get_string(tree), text.bytes, text.len) == 0);
	}
	free(text.bytes);
	return is_string;
}

static bool
second_array(struct second *s, struct json_object *tree, int depth)
{
	size_t count = 0;

	assert(!s->compares || json_object_is_type(tree, json_type_array));
	s->next++;
	skip_blanks(s);
	if (*s->next != ']') {
		do {
			if (!second_value(s, s->compares ? json_object_array_get_idx(tree, count)
							 : NULL, depth))
				return false;
			count++;
		} while (*s->next == ',' && *s->next++ != '\0');
	}
	if (*s->next++ != ']')
		return false;
	assert(!s->compares || json_object_array_length(tree) == count);
	return true;
}

/* One member; names has those before it, and gets this one. */
static bool
second_member(struct second *s, struct json_object *tree, int depth, char ***names, size_t *count)
{
	struct json_object *value = NULL;
	struct text name;

	skip_blanks(s);
	*names = realloc(*names, (*count + 1) * sizeof(**names));
	assert(*names != NULL);
	if (!second_string(s, &name)) {
		free(name.bytes);
		return false;
	}
	(*names)[(*count)++] = name.bytes;
	for (size_t i = 0; i + 1 < *count; i++)
		if (strcmp((*names)[i], name.bytes) == 0)
			return false;
	skip_blanks(s);
	if (*s->next++ != ':')
		return false;
	if (s->compares)
		assert(json_object_object_get_ex(tree, name.bytes, &value));
	return second_value(s, value, depth);
}

static bool
second_object(struct second *s, struct json_object *tree, int depth)
{
	char **names = NULL;		/* owned, each of them too */
	size_t count = 0;
	bool is_object = true;

	assert(!s->compares || json_object_is_type(tree, json_type_object));
	s->next++;
	skip_blanks(s);
	if (*s->next != '}') {
		do
			is_object = second_member(s, tree, depth, &names, &count);
		while (is_object && *s->next == ',' && *s->next++ != '\0');
	}
	if (is_object && *s->next++ != '}')
		is_object = false;
	if (is_object && s->compares)
		assert((size_t)json_object_object_length(tree) == count);
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
	return is_object;
}

/* Reads a value and the blanks around it. */
static bool
second_value(struct second *s, struct json_object *tree, int depth)
{
	bool is_value;

	skip_blanks(s);
	switch (*s->next) {
	case '{':
		is_value = depth < DEPTH_MAX && second_object(s, tree, depth + 1);
		break;
	case '[':
		is_value = depth < DEPTH_MAX && second_array(s, tree, depth + 1);
		break;
	case '"':
		is_value = second_text(s, tree);
		break;
	case 't':
		is_value = second_literal(s, "true", json_object_is_type(tree,
		    json_type_boolean) && json_object_get_boolean(tree));
		break;
	case 'f':
		is_value = second_literal(s, "false", json_object_is_type(tree,
		    json_type_boolean) && !json_object_get_boolean(tree));
		break;
	case 'n':
		is_value = second_literal(s, "null", tree == NULL);
		break;
	default:
		is_value = second_number(s, tree);
	}
	if (is_value)
		skip_blanks(s);
	return is_value;
}

static bool
second_document(const char *text, size_t size, struct json_object *tree, bool compares)
{
	struct second s = { text, text + size, compares };

	return fuzz_is_utf8(text, size) && second_value(&s, tree, 0) && s.next == s.end;
}

static void
check_again(struct json_object *value, int flags)
{
	const char *text = json_object_to_json_string_ext(value, flags);
	struct json_object *again;

	assert(json_parse(text, strlen(text), &again) == ERR_OK);
	assert(json_object_equal(value, again) == 1);
	json_object_put(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct json_object *value;
	const bool is_json = second_document(text, size, NULL, false);
	const enum err err = json_parse(text, size, &value);

	assert(err == (is_json ? ERR_OK : ERR_JSON));
	assert(is_json || value == NULL);
	if (is_json) {
		(void)second_document(text, size, value, true);
		check_again(value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
		check_again(value, JSON_C_TO_STRING_PLAIN);
	}
	json_object_put(value);
	free(text);
	return 0;
}
