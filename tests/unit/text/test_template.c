/* test_template: templates, what they are given, what comes out. */
#include "text/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct template *
parse(const char *text)
{
	struct template *template;
	struct template_fault fault;

	if (template_parse(text, &template, &fault) != ERR_OK)
		fail_msg("'%s', line %ld: %s", text, fault.line, fault.words);
	return template;
}

/* An item of a list: who is its text, and pets another list. */
struct item {
	const char *who;
	const void *const *pets;
};

static const struct item cat = { .who = "<cat>" }, dog = { .who = "dog" };
static const void *const pets[] = { &cat, &dog, NULL };
static const struct item ann = { .who = "Ann", .pets = pets }, bob = { .who = "" };
static const void *const people[] = { &ann, &bob, NULL };
static const void *const nobody[] = { NULL };

static struct template_value
find_in(const struct item *item, const char *name)
{
	struct template_value value = {0};

	if (strcmp(name, "who") == 0)
		value.text = item->who;
	if (strcmp(name, "pets") == 0)
		value.items = item->pets;
	return value;
}

/*
 * name is Jane, bad is <&>"', empty is "", hello is the phrase that the handle is, people a list
 * of two and nobody one of none.
 */
static struct template_value
find(const void *handle, const void *item, const char *name)
{
	struct template_value value = {0};

	if (item != NULL)
		return find_in(item, name);
	if (strcmp(name, "name") == 0)
		value.text = "Jane";
	if (strcmp(name, "bad") == 0)
		value.text = "<&>\"'";
	if (strcmp(name, "empty") == 0)
		value.text = "";
	if (strcmp(name, "hello") == 0)
		value.phrase = handle;
	if (strcmp(name, "people") == 0)
		value.items = people;
	if (strcmp(name, "nobody") == 0)
		value.items = nobody;
	return value;
}

static void
check(const char *text, const char *phrase, const char *expected)
{
	struct template *template = parse(text), *hello = parse(phrase);
	const struct template_source source = { find, hello };
	char *made;

	assert_int_equal(template_render(template, &source, &made), ERR_OK);
	assert_string_equal(made, expected);
	free(made);
	template_free(hello);
	template_free(template);
}

static void
values_are_put_in_and_escaped_and_the_rest_stays_as_it_is(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" }, { "<p>{{name}}</p>\n", "<p>Jane</p>\n" }, { "{{ name }}", "Jane" },
		{ "{{bad}}<&", "&lt;&amp;&gt;&quot;&#39;<&" }, { "{{unknown}}.", "." },
		{ "a { b } }} c", "a { b } }} c" }, { "{{name}}{{name}}", "JaneJane" },
		{ " {{name}} \n", " Jane \n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(cases[i][0], "", cases[i][1]);
}

static struct template_value
find_odd(const void *handle, const void *item, const char *name)
{
	struct template_value value = {0};

	(void)item;
	if (strcmp(name, "odd") == 0)
		value.text = "<a>\r\nb\tc\x7f";
	if (strcmp(name, "phrase") == 0)
		value.phrase = handle;
	return value;
}

static void
plain_text_has_values_as_they_are_but_no_line_of_theirs(void **state)
{
	struct template *template = parse("1 <&\n{{odd}}\n{{phrase}}\n");
	struct template *phrase = parse("& {{odd}}");
	const struct template_source source = { find_odd, phrase };
	char *made;

	(void)state;
	assert_int_equal(template_render_plain(template, &source, &made), ERR_OK);
	assert_string_equal(made, "1 <&\n<a>  b c \n& <a>  b c \n");
	free(made);
	template_free(phrase);
	template_free(template);
}

static void
a_section_is_shown_where_its_value_is_there(void **state)
{
	static const char *const cases[][2] = {
		{ "{{#name}}yes{{/name}}{{^name}}no{{/name}}", "yes" },
		{ "{{#empty}}yes{{/empty}}{{^empty}}no{{/empty}}", "no" },
		{ "{{#unknown}}yes{{/unknown}}{{^unknown}}no{{/unknown}}", "no" },
		{ "{{#name}}{{#empty}}x{{/empty}}{{name}}{{/name}}.", "Jane." },
		{ "{{#empty}}{{#name}}x{{/name}}{{/empty}}.", "." },
		{ "a\n\t{{#name}}\nb\n  {{/name}}  \r\nc\n", "a\nb\nc\n" },
		{ "a\n{{#empty}}\nb\n{{/empty}}\nc", "a\nc" },
		{ "a {{#name}}\nb{{/name}}\n", "a \nb\n" },
		{ "{{#name}}{{/name}}\nb", "\nb" }, { "{{#name}}\n{{/name}}", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(cases[i][0], "", cases[i][1]);
}

static void
a_phrase_is_plain_text_with_values_but_without_further_phrases(void **state)
{
	(void)state;
	check("{{hello}}", "Hi <b> {{name}} {{bad}}",
	    "Hi &lt;b&gt; Jane &lt;&amp;&gt;&quot;&#39;");
	check("{{hello}}", "{{#name}}to {{name}}{{/name}}{{#hello}}x{{/hello}}", "to Jane");
	check("{{hello}}", "{{hello}}.", ".");
	check("{{#hello}}x{{/hello}}", "a", "x");
	check("{{#hello}}x{{/hello}}", "", "");
}

static void
a_section_of_a_list_is_there_once_for_each_item_with_its_own_values(void **state)
{
	static const char *const cases[][2] = {
		{ "{{#people}}[{{who}} {{name}}]{{/people}}.", "[Ann Jane][ Jane]." },
		{ "<ul>\n{{#people}}\n\t<li>{{who}}\n{{/people}}\n</ul>\n",
		    "<ul>\n\t<li>Ann\n\t<li>\n</ul>\n" },
		{ "{{#people}}{{#who}}+{{/who}}{{^who}}-{{/who}}{{/people}}", "+-" },
		{ "{{#people}}({{#pets}}{{who}} {{/pets}}){{^pets}}none{{/pets}}{{/people}}",
		    "(&lt;cat&gt; dog )()none" },
		{ "{{#nobody}}x{{/nobody}}{{^nobody}}y{{/nobody}}", "y" },
		{ "{{^people}}x{{/people}}{{people}}{{who}}", "" },
		/* Else one of fifty within one another would have fifty to the eighth lines. */
		{ "{{#people}}{{#people}}x{{/people}}{{^people}}y{{/people}}{{/people}}", "yy" },
		{ "{{#people}}{{#pets}}{{#pets}}x{{/pets}}{{/pets}}{{/people}}", "" },
		{ "{{#people}}{{hello}}{{/people}}", "Ann!!" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(cases[i][0], "{{who}}!{{#pets}}x{{/pets}}", cases[i][1]);
}

static void
a_mistake_is_told_with_its_line(void **state)
{
	static const struct { const char *text; long line; const char *words; } cases[] = {
		{ "a\n{{name", 2, "no }}" }, { "{{na\nme}}", 1, "no }}" },
		{ "\n\n{{#name}}\n\n", 3, "{{/name}} is missing" },
		{ "{{#name}}\n{{#bad}}\n{{/name}}", 3, "expected {{/bad}}" },
		{ "x\n{{/name}}", 2, "closes nothing" }, { "{{}}", 1, "expected a name" },
		{ "{{# }}", 1, "expected a name" }, { "{{{name}}}", 1, "small letters" },
		{ "{{>name}}", 1, "small letters" }, { "{{!name}}", 1, "small letters" },
		{ "\n{{Name}}", 2, "small letters" },
		{ "{{a234567890123456789012345678901234567890}}", 1, "1 to 39" },
		{ "{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}\n{{#a}}", 2, "more than 8" },
	};
	struct template *template;
	struct template_fault fault;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (template_parse(cases[i].text, &template, &fault) != ERR_REFUSED)
			fail_msg("accepted: '%s'", cases[i].text);
		assert_null(template);
		if (fault.line != cases[i].line || strstr(fault.words, cases[i].words) == NULL)
			fail_msg("'%s': line %ld: %s", cases[i].text, fault.line, fault.words);
	}
}

static void
its_names_can_be_listed_with_their_lines(void **state)
{
	struct template *template = parse("{{a}}\n{{#b}}\n{{c}}\n{{/b}}\n{{^d}}{{/d}}");
	const char *const expected[] = { "a", "b", "c", "d" };
	const long lines[] = { 1, 2, 3, 5 };
	long line;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(template_find_name(template, i, &line), expected[i]);
		assert_int_equal(line, lines[i]);
	}
	assert_null(template_find_name(template, 4, &line));
	template_free(template);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_put_in_and_escaped_and_the_rest_stays_as_it_is),
		cmocka_unit_test(plain_text_has_values_as_they_are_but_no_line_of_theirs),
		cmocka_unit_test(a_section_is_shown_where_its_value_is_there),
		cmocka_unit_test(a_phrase_is_plain_text_with_values_but_without_further_phrases),
		cmocka_unit_test(
		    a_section_of_a_list_is_there_once_for_each_item_with_its_own_values),
		cmocka_unit_test(a_mistake_is_told_with_its_line),
		cmocka_unit_test(its_names_can_be_listed_with_their_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
