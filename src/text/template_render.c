/* template_render: writes a template with its values. */
#include "text/template.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/template_internal.h"

/* What a template becomes. */
enum form { FORM_HTML, FORM_PLAIN };

/* What stands for a character in HTML, or NULL: the character itself. */
static const char *
entity(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&#39;";
	default: return NULL;
	}
}

/* Writes what a value or a phrase says, as the result needs it. */
static void
put_escaped(FILE *out, const char *text, size_t len, enum form form)
{
	for (size_t i = 0; i < len; i++) {
		const char *escaped = form == FORM_HTML ? entity(text[i])
		    : iscntrl((unsigned char)text[i]) ? " " : NULL;

		if (escaped != NULL)
			fputs(escaped, out);
		else
			putc(text[i], out);
	}
}

/* An item of a list, and the one that its list is in; NULL: it is in none. */
struct scope {
	const void *item;
	const struct scope *outer;
};

/* What a template is written with: that of a page, or, within it, that of a phrase. */
struct pass {
	const struct template_source *source;
	const struct scope *scope;
	enum form form;
	bool is_phrase;
};

static bool
is_there(const struct template_value *value)
{
	return value->text != NULL || value->phrase != NULL || value->items != NULL;
}

static struct template_value
look_up(const struct pass *pass, const char *name)
{
	const struct template_source *source = pass->source;
	struct template_value value;

	for (const struct scope *scope = pass->scope; scope != NULL; scope = scope->outer) {
		value = source->find(source->handle, scope->item, name);
		if (scope != pass->scope)
			value.items = NULL;
		if (is_there(&value))
			return value;
	}
	value = source->find(source->handle, NULL, name);
	if (pass->scope != NULL)
		value.items = NULL;
	return value;
}

static struct template_value
find(const struct pass *pass, const char *name)
{
	struct template_value value = look_up(pass, name);

	if (pass->is_phrase && value.text == NULL)
		value = (struct template_value){0};
	return value;
}

static bool
is_shown(const struct template_value *value)
{
	if (value->text != NULL)
		return *value->text != '\0';
	if (value->phrase != NULL)
		return value->phrase->count > 0;
	return value->items != NULL && value->items[0] != NULL;
}

static void put_nodes(FILE *out, const struct template *template, size_t first, size_t end,
    const struct pass *pass);

static void
put_value(FILE *out, const struct template_value *value, const struct pass *pass)
{
	struct pass inner = *pass;

	inner.is_phrase = true;
	if (value->text != NULL)
		put_escaped(out, value->text, strlen(value->text), pass->form);
	else if (value->phrase != NULL)
		put_nodes(out, value->phrase, 0, value->phrase->count, &inner);
}

static bool
is_list(const struct template_value *value)
{
	return value->text == NULL && value->phrase == NULL && value->items != NULL;
}

/* Writes what is between the begin and the end of a section, if it is to be seen. */
static void
put_section(FILE *out, const struct template *template, size_t begin,
    const struct template_value *value, const struct pass *pass)
{
	const struct node *node = &template->nodes[begin];

	if (is_shown(value) != (node->kind == KIND_SECTION))
		return;
	if (!is_list(value) || node->kind == KIND_INVERTED) {
		put_nodes(out, template, begin + 1, node->next, pass);
		return;
	}
	for (const void *const *item = value->items; *item != NULL; item++) {
		const struct scope scope = { .item = *item, .outer = pass->scope };
		struct pass inner = *pass;

		inner.scope = &scope;
		put_nodes(out, template, begin + 1, node->next, &inner);
	}
}

/* Writes the nodes from first up to end. */
static void
put_nodes(FILE *out, const struct template *template, size_t first, size_t end,
    const struct pass *pass)
{
	size_t next;

	for (size_t i = first; i < end; i = next) {
		const struct node *node = &template->nodes[i];
		struct template_value value;

		next = i + 1;
		if (node->kind == KIND_TEXT) {
			if (pass->is_phrase)
				put_escaped(out, node->text, node->len, pass->form);
			else
				fwrite(node->text, 1, node->len, out);
			continue;
		}
		value = find(pass, node->name);
		if (node->kind == KIND_VALUE) {
			put_value(out, &value, pass);
			continue;
		}
		put_section(out, template, i, &value, pass);
		next = node->next;
	}
}

static enum err
render(const struct template *template, const struct template_source *source, enum form form,
    char **text)
{
	const struct pass pass = { .source = source, .form = form };
	size_t len;
	FILE *out = open_memstream(text, &len);
	bool is_whole;

	if (out == NULL) {
		*text = NULL;
		return ERR_MEMORY;
	}
	put_nodes(out, template, 0, template->count, &pass);
	is_whole = !ferror(out);
	if (fclose(out) == 0 && is_whole)
		return ERR_OK;
	free(*text);
	*text = NULL;
	return ERR_MEMORY;
}

enum err
template_render(const struct template *template, const struct template_source *source,
    char **text)
{
	return render(template, source, FORM_HTML, text);
}

enum err
template_render_plain(const struct template *template, const struct template_source *source,
    char **text)
{
	return render(template, source, FORM_PLAIN, text);
}
