/* accent: makes of one colour what the pages need of it. */
#include "config/accent.h"

#include <stdio.h>
#include <string.h>

struct colour {
	double red, green, blue;	/* 0 to 1, as in sRGB */
};

/* Of www/style.css: what links stand on, of the page and its card the one that is worse. */
static const struct colour
    light = { 0xf2 / 255.0, 0xf5 / 255.0, 0xf4 / 255.0 },
    dark = { 0x18 / 255.0, 0x20 / 255.0, 0x1e / 255.0 },
    white = { 1, 1, 1 }, black = { 0, 0, 0 };

/* 4.5 for a text and 3 for the edge of a button, and something for how luminance is reckoned. */
static const double CONTRAST_TEXT = 4.8, CONTRAST_EDGE = 3.3;

bool
accent_is_colour(const char *text)
{
	const size_t digits = *text == '#' ? strspn(text + 1, "0123456789abcdefABCDEF") : 0;

	return (digits == 3 || digits == 6) && text[1 + digits] == '\0';
}

static double
digit(char c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

static struct colour
parse(const char *text)
{
	const bool is_short = strlen(text) == 4;
	double parts[3];

	for (int i = 0; i < 3; i++) {
		const char *c = text + 1 + (is_short ? i : 2 * i);

		parts[i] = (16 * digit(c[0]) + digit(c[is_short ? 0 : 1])) / 255;
	}
	return (struct colour){ parts[0], parts[1], parts[2] };
}

/* Near enough to the sRGB curve, without a power. */
static double
linear(double part)
{
	return part * (part * (part * 0.305306011 + 0.682171111) + 0.012522878);
}

static double
luminance(const struct colour *colour)
{
	return 0.2126 * linear(colour->red) + 0.7152 * linear(colour->green) +
	    0.0722 * linear(colour->blue);
}

static double
contrast(const struct colour *one, const struct colour *other)
{
	const double a = luminance(one) + 0.05, b = luminance(other) + 0.05;

	return a > b ? a / b : b / a;
}

static struct colour
mix(const struct colour *one, const struct colour *other, double share)
{
	return (struct colour){
		one->red + (other->red - one->red) * share,
		one->green + (other->green - one->green) * share,
		one->blue + (other->blue - one->blue) * share,
	};
}

/* Mixes end into a colour until it is seen on ground. */
static struct colour
make_seen(const struct colour *colour, const struct colour *ground, const struct colour *end,
    double wanted)
{
	struct colour mixed = *colour;

	for (int i = 1; i <= 32 && contrast(&mixed, ground) < wanted; i++)
		mixed = mix(colour, end, i / 32.0);
	return mixed;
}

static const struct colour *
find_text_on(const struct colour *colour)
{
	return contrast(colour, &white) >= contrast(colour, &black) ? &white : &black;
}

/* Writes a declaration. Returns its length; there is room for all of them. */
static int
put(char *out, const char *name, const struct colour *colour)
{
	return sprintf(out, " --%s: #%02x%02x%02x;", name, (unsigned)(colour->red * 255 + 0.5),
	    (unsigned)(colour->green * 255 + 0.5), (unsigned)(colour->blue * 255 + 0.5));
}

static int
put_all(char *out, const struct colour *accent, const struct colour *link)
{
	const struct colour *on = find_text_on(accent);
	const struct colour hover = mix(accent, on == &white ? &black : &white, 0.125);
	int len = sprintf(out, ":root {");

	len += put(out + len, "accent", accent);
	len += put(out + len, "accent-hover", &hover);
	len += put(out + len, "on-accent", on);
	len += put(out + len, "link", link);
	return len + sprintf(out + len, " }\n");
}

void
accent_style(const char *colour, char style[ACCENT_STYLE_SIZE])
{
	struct colour accent, link;
	int len;

	*style = '\0';
	if (!accent_is_colour(colour))
		return;
	accent = parse(colour);
	link = make_seen(&accent, &light, &black, CONTRAST_TEXT);
	len = put_all(style, &accent, &link);
	link = make_seen(&accent, &dark, &white, CONTRAST_TEXT);
	accent = make_seen(&accent, &dark, &white, CONTRAST_EDGE);
	len += sprintf(style + len, "@media (prefers-color-scheme: dark) {\n");
	len += put_all(style + len, &accent, &link);
	sprintf(style + len, "}\n");
}
