/* test_accent: whatever the colour of a site is, its texts can be read. */
#include "config/accent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* base to the power of 2.4, which is (base ^ 12) ^ 1/5: by Newton's way, without libm. */
static double
power(double base)
{
	const double wanted = base * base * base * base * base * base * base * base * base * base *
	    base * base;
	double root = 1;

	for (int i = 0; i < 200; i++)
		root -= (root - wanted / (root * root * root * root)) / 5;
	return root;
}

/* As WCAG 2.2 defines it. */
static double
luminance(unsigned colour)
{
	static const double shares[] = { 0.0722, 0.7152, 0.2126 };
	double sum = 0;

	for (int i = 0; i < 3; i++) {
		const double part = (colour >> 8 * i & 0xff) / 255.0;

		sum += shares[i] * (part <= 0.04045 ? part / 12.92
		    : power((part + 0.055) / 1.055));
	}
	return sum;
}

static double
contrast(unsigned one, unsigned other)
{
	const double a = luminance(one) + 0.05, b = luminance(other) + 0.05;

	return a > b ? a / b : b / a;
}

/* The colour of that name in a style, of its first part or of the one for dark. */
static unsigned
colour_of(const char *style, const char *name, bool is_dark)
{
	char start[32];
	unsigned colour;

	snprintf(start, sizeof(start), " --%s: #", name);
	style = strstr(is_dark ? strstr(style, "dark") : style, start);
	assert_non_null(style);
	assert_int_equal(sscanf(style + strlen(start), "%6x;", &colour), 1);
	return colour;
}

static void
every_colour_can_be_read_in_light_and_in_dark(void **state)
{
	static const char digits[] = "0369cf";
	char style[ACCENT_STYLE_SIZE], colour[8];

	(void)state;
	for (int i = 0; i < 6 * 6 * 6; i++) {
		snprintf(colour, sizeof(colour), "#%c%c%c", digits[i / 36], digits[i / 6 % 6],
		    digits[i % 6]);
		accent_style(colour, style);
		for (int dark = 0; dark < 2; dark++) {
			const unsigned accent = colour_of(style, "accent", dark);
			const unsigned on = colour_of(style, "on-accent", dark);
			const unsigned hover = colour_of(style, "accent-hover", dark);
			const unsigned link = colour_of(style, "link", dark);

			/* What www/style.css has under links. */
			if (contrast(on, accent) < 4.5 || contrast(on, hover) < 4.5 ||
			    contrast(link, dark ? 0x18201e : 0xf2f5f4) < 4.5 ||
			    contrast(link, dark ? 0x0f1513 : 0xffffff) < 4.5 ||
			    (dark && contrast(accent, 0x18201e) < 3))
				fail_msg("%s: %s", colour, style);
		}
	}
}

static void
in_light_the_accent_is_the_colour_itself(void **state)
{
	char style[ACCENT_STYLE_SIZE];

	(void)state;
	accent_style("#Fd0", style);
	assert_int_equal(colour_of(style, "accent", false), 0xffdd00);
	assert_int_equal(colour_of(style, "on-accent", false), 0);
	accent_style("#0e6B5e", style);
	assert_int_equal(colour_of(style, "accent", false), 0x0e6b5e);
	assert_int_equal(colour_of(style, "link", false), 0x0e6b5e);
}

static void
what_is_no_colour_gives_no_style(void **state)
{
	static const char *const none[] = { "", "#", "#12", "#1234", "#12345", "#1234567", "red",
		"123456", "#12345g", "#123;}" };
	char style[ACCENT_STYLE_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_false(accent_is_colour(none[i]));
		accent_style(none[i], style);
		assert_string_equal(style, "");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_colour_can_be_read_in_light_and_in_dark),
		cmocka_unit_test(in_light_the_accent_is_the_colour_itself),
		cmocka_unit_test(what_is_no_colour_gives_no_style),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
