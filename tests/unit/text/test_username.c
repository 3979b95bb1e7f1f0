/* test_username: which names are allowed, and what each is looked up by. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text/username.h"

#define COUNT(vectors) (sizeof(vectors) / sizeof((vectors)[0]))

struct vector {
	const char *typed;
	const char *shown;	/* NULL: refused */
	const char *key;
};

static void
check_all(const struct vector *vectors, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct vector *v = &vectors[i];
		struct username name;
		char *key = NULL;
		enum err err = username_prepare(v->typed, &name);

		if (err != (v->shown != NULL ? ERR_OK : ERR_REFUSED))
			fail_msg("\"%s\": came error %d", v->typed, (int)err);
		if (v->shown == NULL) {
			assert_null(name.shown);
			assert_null(name.key);
		} else {
			assert_string_equal(name.shown, v->shown);
			assert_string_equal(name.key, v->key);
		}
		assert_int_equal(username_key(v->typed, &key), ERR_OK);
		assert_string_equal(key, v->key);
		username_clear(&name);
		free(key);
	}
}

static void
an_allowed_name_is_shown_as_typed_and_found_in_any_spelling(void **state)
{
	static const struct vector vectors[] = {
		{ "alice", "alice", "alice" },
		{ "Alice", "Alice", "alice" },
		{ "ａｌｉｃｅ", "alice", "alice" },
		{ "ＡＬＩＣＥ", "ALICE", "alice" },
		{ "Ju\xcc\x88rgen", "J\xc3\xbcrgen", "j\xc3\xbcrgen" },
		{ "bob@example.org", "bob@example.org", "bob@example.org" },
		{ "...", "...", "..." },
	};

	(void)state;
	check_all(vectors, COUNT(vectors));
}

static void
a_refused_name_is_known_by_its_exact_spelling(void **state)
{
	static const struct vector vectors[] = {
		{ "", NULL, "" },
		{ "John Doe", NULL, "John Doe" },
		{ "Ann:Lee", NULL, "Ann:Lee" },
		{ "Ａnn：Lee", NULL, "Ａnn：Lee" },
		{ "♥Eve", NULL, "♥Eve" },
		{ ".", NULL, "." },
		{ "..", NULL, ".." },
		{ "\uff0e", NULL, "\uff0e" },
	};

	(void)state;
	check_all(vectors, COUNT(vectors));
}

/* count times what, and then the rest. */
static char *
repeat(const char *what, size_t count, const char *rest)
{
	char *text = calloc(1, count * strlen(what) + strlen(rest) + 1);
	char *end = text;

	assert_non_null(text);
	for (size_t i = 0; i < count; i++)
		end = stpcpy(end, what);
	strcpy(end, rest);
	return text;
}

static void
a_name_may_have_254_code_points_and_255_bytes_once_mapped(void **state)
{
	static const struct {
		const char *what;
		size_t count;
		const char *rest;
		enum err expected;
	} vectors[] = {
		{ "x", 254, "", ERR_OK },
		{ "x", 255, "", ERR_REFUSED },
		{ "ｘ", 254, "", ERR_OK },
		{ "u\xcc\x88", 127, "", ERR_OK },
		{ "\u1112\u1161\u11ab", 85, "", ERR_OK },
		{ "u\xcc\x88", 128, "", ERR_REFUSED },
		{ "\xf0\xa0\x80\x80", 63, "xxxx", ERR_REFUSED },
		{ "\xf0\xa0\x80\x80", 63, "xxx", ERR_OK },
		{ "\xf0\xa0\x80\x80", 64, "", ERR_REFUSED },
		{ "x", 100000, "", ERR_REFUSED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		char *typed = repeat(vectors[i].what, vectors[i].count, vectors[i].rest);
		struct username name;
		enum err err = username_prepare(typed, &name);

		if (err != vectors[i].expected)
			fail_msg("row %zu: expected %d, came %d", i, (int)vectors[i].expected,
			    (int)err);
		username_clear(&name);
		free(typed);
	}
}

static void
a_refused_name_is_explained_and_the_character_named(void **state)
{
	static const struct { const char *typed; const char *type; const char *message; }
	vectors[] = {
		{ "", "string_too_short", "Username is empty" },
		{ "a b", "value_error",
		  "Username cannot have U+0020, a space" },
		{ "a:b", "value_error",
		  "Username cannot have U+003A, a colon" },
		{ "\u212b\u2603", "value_error",
		  "Username cannot have U+2603, a symbol" },
		{ "a\u05d0", "value_error",
		  "Username cannot have right-to-left letters and others; "
		  "write it in one direction" },
		{ "\uff0e", "value_error", "Username is only dots; choose another" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		struct faults faults = {0};

		assert_int_equal(username_explain(vectors[i].typed, &faults), ERR_FIELDS);
		assert_int_equal(faults.count, 1);
		assert_string_equal(faults.list[0].field, "username");
		assert_string_equal(faults.list[0].type, vectors[i].type);
		assert_string_equal(faults.list[0].message, vectors[i].message);
	}
}

static void
the_length_that_is_explained_is_that_of_the_mapped_name(void **state)
{
	static const struct { const char *what; size_t count; const char *rest; const char *type; }
	vectors[] = {
		{ "u\xcc\x88", 128, "", "string_too_long" },
		{ "u\xcc\x88", 127, " ", "value_error" },	/* 255 code points, as typed */
		{ "\u1112\u1161\u11ab", 85, " ", "value_error" },	/* 766 bytes, as typed */
		{ "x", 100000, " ", "string_too_long" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		char *typed = repeat(vectors[i].what, vectors[i].count, vectors[i].rest);
		struct faults faults = {0};

		assert_int_equal(username_explain(typed, &faults), ERR_FIELDS);
		assert_string_equal(faults.list[0].type, vectors[i].type);
		free(typed);
	}
}

static void
an_allowed_name_has_no_fault(void **state)
{
	struct faults faults = {0};

	(void)state;
	assert_int_equal(username_explain("alice@example.org", &faults), ERR_OK);
	assert_int_equal(faults.count, 0);
}

static void
a_name_too_long_to_be_looked_at_is_still_found_as_it_is(void **state)
{
	char *typed = repeat("X", 5000, "");
	char *key = NULL;

	(void)state;
	assert_int_equal(username_key(typed, &key), ERR_OK);
	assert_string_equal(key, typed);
	free(key);
	free(typed);
}

static void
a_cleared_name_may_be_cleared_again(void **state)
{
	struct username name;

	(void)state;
	assert_int_equal(username_prepare("Alice", &name), ERR_OK);
	username_clear(&name);

	assert_null(name.shown);
	assert_null(name.key);
	username_clear(&name);
}

static void
a_text_is_the_name_in_any_case_width_and_normal_form(void **state)
{
	static const struct { const char *text; const char *key; bool expected; } vectors[] = {
		{ "alice", "alice", true },
		{ "ALICE", "alice", true },
		{ "ａｌｉｃｅ", "alice", true },
		{ "JU\xcc\x88RGEN", "j\xc3\xbcrgen", true },
		{ "alicia", "alice", false },
		{ "alice smith", "alice", false },
		{ "", "alice", false },
		/* Names that were taken over, and that the rules refuse. */
		{ "John Doe", "John Doe", true },
		{ "john doe", "John Doe", false },
		{ "Ａnn：Lee", "Ａnn：Lee", true },
		/* A user whose name was refused has no key. */
		{ "", "", true },
		{ "a", "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		bool is_same = !vectors[i].expected;

		assert_int_equal(username_compare(vectors[i].text, vectors[i].key, &is_same),
		    ERR_OK);
		if (is_same != vectors[i].expected)
			fail_msg("\"%s\" and \"%s\": came %d", vectors[i].text, vectors[i].key,
			    is_same);
	}
}

static void
a_text_longer_than_any_name_is_not_the_name(void **state)
{
	char *text = repeat("x", 5000, "");
	bool is_same = true;

	(void)state;
	assert_int_equal(username_compare(text, "x", &is_same), ERR_OK);
	assert_false(is_same);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_allowed_name_is_shown_as_typed_and_found_in_any_spelling),
		cmocka_unit_test(a_refused_name_is_known_by_its_exact_spelling),
		cmocka_unit_test(a_name_may_have_254_code_points_and_255_bytes_once_mapped),
		cmocka_unit_test(a_name_too_long_to_be_looked_at_is_still_found_as_it_is),
		cmocka_unit_test(a_refused_name_is_explained_and_the_character_named),
		cmocka_unit_test(the_length_that_is_explained_is_that_of_the_mapped_name),
		cmocka_unit_test(an_allowed_name_has_no_fault),
		cmocka_unit_test(a_cleared_name_may_be_cleared_again),
		cmocka_unit_test(a_text_is_the_name_in_any_case_width_and_normal_form),
		cmocka_unit_test(a_text_longer_than_any_name_is_not_the_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
