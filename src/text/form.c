/* form: parses an application/x-www-form-urlencoded body. */
#include "text/form.h"

#include <string.h>

#include "base/text.h"

static enum err
add_parameter(struct form *form, char *name, size_t len)
{
	char *value = memchr(name, '=', len);
	size_t name_len = value == NULL ? len : (size_t)(value - name);
	size_t value_len = value == NULL ? 0 : len - name_len - 1;
	enum err err;

	if (form->count == FORM_PARAMETERS_MAX)
		return ERR_FORM;
	/* Without '=' the value is the empty text that ends the name. */
	value = value == NULL ? name + len : value + 1;
	name[name_len] = '\0';
	if ((err = text_decode_form(value, &value_len)) != ERR_OK)
		return err;
	if ((err = text_decode_form(name, &name_len)) != ERR_OK)
		return err;
	form->list[form->count].name = name;
	form->list[form->count].value = value;
	form->count++;
	return ERR_OK;
}

static bool
has_repeated_name(const struct form *form)
{
	for (size_t i = 0; i < form->count; i++)
		for (size_t j = i + 1; j < form->count; j++)
			if (strcmp(form->list[i].name, form->list[j].name) == 0)
				return true;
	return false;
}

enum err
form_parse(char *body, size_t len, struct form *form)
{
	size_t start = 0;

	form->count = 0;
	while (start < len) {
		char *end = memchr(body + start, '&', len - start);
		size_t stop = end == NULL ? len : (size_t)(end - body);
		enum err err = ERR_OK;

		body[stop] = '\0';
		if (stop > start)
			err = add_parameter(form, body + start, stop - start);
		if (err != ERR_OK)
			return err;
		start = stop + 1;
	}
	return has_repeated_name(form) ? ERR_REPEATED : ERR_OK;
}

const char *
form_find(const struct form *form, const char *name)
{
	for (size_t i = 0; i < form->count; i++)
		if (strcmp(form->list[i].name, name) == 0)
			return *form->list[i].value == '\0' ? NULL : form->list[i].value;
	return NULL;
}
