/* template: reads text with places for values, a subset of Mustache. */
#include "text/template.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/template_internal.h"

struct parser {
	struct template *template;	/* borrowed */
	struct template_fault *fault;	/* borrowed */
	const char *rest;		/* what is still to be read */
	long line;			/* in which it begins */
	size_t open[TEMPLATE_DEPTH_MAX];	/* nodes of the sections that are not closed */
	size_t depth;
};

__attribute__((format(printf, 2, 3)))
static enum err
refuse(struct parser *parser, const char *format, ...)
{
	va_list args;

	parser->fault->line = parser->line;
	va_start(args, format);
	vsnprintf(parser->fault->words, TEMPLATE_FAULT_SIZE, format, args);
	va_end(args);
	return ERR_REFUSED;
}

static enum err
add_node(struct template *template, const struct node *node)
{
	if (template->count == template->size) {
		const size_t size = 2 * template->size + 16;
		struct node *nodes = reallocarray(template->nodes, size, sizeof(*nodes));

		if (nodes == NULL)
			return ERR_MEMORY;
		template->nodes = nodes;
		template->size = size;
	}
	template->nodes[template->count++] = *node;
	return ERR_OK;
}

/* Takes len bytes that are left as a text, and goes behind them. */
static enum err
take_text(struct parser *parser, size_t len)
{
	const struct node node = { .kind = KIND_TEXT, .text = parser->rest, .len = len,
		.line = parser->line };

	for (size_t i = 0; i < len; i++)
		parser->line += parser->rest[i] == '\n';
	parser->rest += len;
	return len == 0 ? ERR_OK : add_node(parser->template, &node);
}

/* Reads what is between {{ and }}, of len bytes, into a node. */
static enum err
read_tag(struct parser *parser, const char *tag, size_t len, struct node *node)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

	*node = (struct node){ .kind = KIND_VALUE, .line = parser->line };
	if (len > 0 && strchr("#^/", *tag) != NULL) {
		node->kind = *tag == '#' ? KIND_SECTION :
		    *tag == '^' ? KIND_INVERTED : KIND_END;
		tag++;
		len--;
	}
	for (; len > 0 && *tag == ' '; len--)
		tag++;
	while (len > 0 && tag[len - 1] == ' ')
		len--;
	if (len == 0 || len >= sizeof(node->name))
		return refuse(parser, "expected a name of 1 to %d characters between {{ and }}",
		    TEMPLATE_NAME_SIZE - 1);
	memcpy(node->name, tag, len);
	if (strspn(node->name, allowed) < len)
		return refuse(parser, "expected {{name}}, {{#name}}, {{^name}} or {{/name}}, "
		    "with a name of small letters, digits and _");
	return ERR_OK;
}

/* Closes the section that was opened last. */
static enum err
close_section(struct parser *parser, const char *name)
{
	struct node *opened;

	if (parser->depth == 0)
		return refuse(parser, "{{/%s}} closes nothing", name);
	opened = &parser->template->nodes[parser->open[parser->depth - 1]];
	if (strcmp(opened->name, name) != 0)
		return refuse(parser, "expected {{/%s}}, not {{/%s}}", opened->name, name);
	opened->next = parser->template->count;
	parser->depth--;
	return ERR_OK;
}

static enum err
take_node(struct parser *parser, const struct node *node)
{
	if (node->kind == KIND_END)
		return close_section(parser, node->name);
	if (node->kind != KIND_VALUE) {
		if (parser->depth == TEMPLATE_DEPTH_MAX)
			return refuse(parser, "more than %d sections within one another",
			    TEMPLATE_DEPTH_MAX);
		parser->open[parser->depth++] = parser->template->count;
	}
	return add_node(parser->template, node);
}

/* How many blanks stand between the begin of the line and tag; -1: something else does. */
static long
blanks_before(const char *start, const char *tag)
{
	const char *c = tag;

	while (c > start && (c[-1] == ' ' || c[-1] == '\t'))
		c--;
	return c == start || c[-1] == '\n' ? tag - c : -1;
}

/* How many bytes the rest of the line has, with its end; -1: something else than blanks. */
static long
blanks_after(const char *text)
{
	const char *c = text + strspn(text, " \t\r");

	return *c == '\n' ? c + 1 - text : *c == '\0' ? c - text : -1;
}

/* Takes the text before the tag at begin, and the tag. */
static enum err
take_tag(struct parser *parser, const char *begin)
{
	const char *end = strstr(begin, "}}");
	const bool is_whole = end != NULL && end < strchrnul(begin, '\n');
	long before = 0, after = 0;
	struct node node;
	enum err err;

	if (is_whole && strchr("#^/", begin[2]) != NULL) {
		before = blanks_before(parser->template->copy, begin);
		after = blanks_after(end + 2);
	}
	if (before < 0 || after < 0)
		before = after = 0;
	err = take_text(parser, (size_t)(begin - before - parser->rest));
	if (err != ERR_OK)
		return err;
	if (!is_whole)
		return refuse(parser, "{{ has no }} in its line");
	err = read_tag(parser, begin + 2, (size_t)(end - begin - 2), &node);
	if (err != ERR_OK || (err = take_node(parser, &node)) != ERR_OK)
		return err;
	parser->rest = end + 2 + after;
	parser->line += after > 0 && parser->rest[-1] == '\n';
	return ERR_OK;
}

static enum err
parse(struct parser *parser)
{
	const char *begin;
	enum err err;

	while ((begin = strstr(parser->rest, "{{")) != NULL)
		if ((err = take_tag(parser, begin)) != ERR_OK)
			return err;
	if ((err = take_text(parser, strlen(parser->rest))) != ERR_OK || parser->depth == 0)
		return err;
	parser->line = parser->template->nodes[parser->open[parser->depth - 1]].line;
	return refuse(parser, "{{/%s}} is missing",
	    parser->template->nodes[parser->open[parser->depth - 1]].name);
}

/* Most templates are a word of a page, and there are hundreds. */
static void
give_back_room(struct template *template)
{
	struct node *nodes = template->count == 0 ? NULL :
	    reallocarray(template->nodes, template->count, sizeof(*nodes));

	if (nodes == NULL)
		return;
	template->nodes = nodes;
	template->size = template->count;
}

enum err
template_parse(const char *text, struct template **template, struct template_fault *fault)
{
	struct parser parser = { .fault = fault, .line = 1 };
	enum err err = ERR_MEMORY;

	*template = NULL;
	*fault = (struct template_fault){0};
	if ((parser.template = calloc(1, sizeof(*parser.template))) == NULL ||
	    (parser.template->copy = strdup(text)) == NULL)
		goto out;
	parser.rest = parser.template->copy;
	if ((err = parse(&parser)) != ERR_OK)
		goto out;
	give_back_room(parser.template);
	*template = parser.template;
	parser.template = NULL;
out:
	template_free(parser.template);
	return err;
}

void
template_free(struct template *template)
{
	if (template == NULL)
		return;
	free(template->nodes);
	free(template->copy);
	free(template);
}

const char *
template_find_name(const struct template *template, size_t i, long *line)
{
	for (size_t n = 0; n < template->count; n++) {
		const struct node *node = &template->nodes[n];

		if (node->kind == KIND_TEXT || i-- > 0)
			continue;
		*line = node->line;
		return node->name;
	}
	return NULL;
}
