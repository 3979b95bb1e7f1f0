/*
 * accent: makes of one colour what the pages need of it, so that whatever colour a site has, its
 * texts can be read in light and in dark (WCAG 2.2, success criterion 1.4.3).
 */
#ifndef BEARWARD_CONFIG_ACCENT_H
#define BEARWARD_CONFIG_ACCENT_H

#include <stdbool.h>

enum { ACCENT_STYLE_SIZE = 512 };

/* Whether text is a colour as we take it: "#rgb" or "#rrggbb", in hexadecimal. */
bool accent_is_colour(const char *text);

/*
 * Writes CSS that sets --accent, --accent-hover, --on-accent and --link for light and dark. The
 * accent stays as it is in light; links, and all of it in dark, are made darker or lighter as far
 * as it takes to see them. Writes "" where colour is none.
 */
void accent_style(const char *colour, char style[ACCENT_STYLE_SIZE]);

#endif
