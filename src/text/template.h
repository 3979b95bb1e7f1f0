/*
 * template: text with places for values, a subset of Mustache (mustache.github.io).
 *
 *   {{name}}                the value of that name
 *   {{#name}}...{{/name}}   what is between, where the value is there and not empty;
 *                           of a list, once for each of its items
 *   {{^name}}...{{/name}}   what is between, where it is not
 *
 * There is nothing else, such as included files. In HTML each value is escaped, and no template
 * can ask for one that is not. A name has small letters, digits and '_'. A line with nothing but
 * the begin or the end of a section leaves no empty line behind.
 *
 * A value may be a phrase: a template of its own, of plain text, in which the names of other
 * values may stand, but not those of further phrases. Or it is a list of items, which have values
 * of their own. Within an item a name is looked up there first, and then outside, but for lists:
 * so that no page is larger than what it is given.
 */
#ifndef BEARWARD_TEXT_TEMPLATE_H
#define BEARWARD_TEXT_TEMPLATE_H

#include <stddef.h>

#include "base/err.h"

struct template;

enum {
	TEMPLATE_NAME_SIZE = 40,	/* of a name, with its NUL */
	TEMPLATE_DEPTH_MAX = 8,		/* sections within one another */
	TEMPLATE_FAULT_SIZE = 128,
};

/* Why a text is no template: the line, counted from 1, and what to do about it. */
struct template_fault {
	long line;
	char words[TEMPLATE_FAULT_SIZE];
};

/* What a name stands for: the first that is not NULL. All are borrowed; none: for nothing. */
struct template_value {
	const char *text;		/* UTF-8 */
	const struct template *phrase;
	const void *const *items;	/* of a list; NULL ends it */
};

/* Where the names of a template are looked up: in an item of a list or, for NULL, outside. */
struct template_source {
	struct template_value (*find)(const void *handle, const void *item, const char *name);
	const void *handle;		/* borrowed */
};

/*
 * Parses text, which is copied. Returns ERR_REFUSED, with *fault filled in, when a tag is not one
 * of those above or a section is not closed in its turn, or ERR_MEMORY; *template is NULL then.
 */
ERR_CHECKED enum err template_parse(const char *text, struct template **template,
    struct template_fault *fault);

/* Frees a template; NULL is fine. */
void template_free(struct template *template);

/*
 * Returns the name in the tag with index i, borrowed, or NULL past the last one; ends of sections
 * do not count. *line is where it stands.
 */
const char *template_find_name(const struct template *template, size_t i, long *line);

/*
 * Writes the template, which is HTML, to *text, which the caller frees: values and phrases with
 * & < > " ' as HTML needs them. Returns ERR_MEMORY.
 */
ERR_CHECKED enum err template_render(const struct template *template,
    const struct template_source *source, char **text);

/*
 * Does the same for a result that is plain text: values and phrases stand there as they are, but
 * with a space for each control character, so that none of them adds a line.
 */
ERR_CHECKED enum err template_render_plain(const struct template *template,
    const struct template_source *source, char **text);

#endif
