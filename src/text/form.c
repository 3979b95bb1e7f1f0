/* form: the parameters of a form, and an application/x-www-form-urlencoded body of them. */
#include "text/form.h"

#include <string.h>

#include "base/text.h"

enum err
form_add(struct form *form, const char *name, const char *value)
{
	for (size_t i = 0; i < form->count; i++)
		if (strcmp(form->list[i].name, name) == 0)
			return ERR_REPEATED;
	if (form->count == FORM_PARAMETERS_MAX)
		return ERR_FORM;
	form->list[form->count].name = name;
	form->list[form->count].value = value;
	form->count++;
	return ERR_OK;
}

static enum err
read_parameter(struct form *form, char *name, size_t len)
{
	char *value = memchr(name, '=', len);
	size_t name_len = value == NULL ? len : (size_t)(value - name);
	size_t value_len = value == NULL ? 0 : len - name_len - 1;
	enum err err;

	/* Without '=' the value is the empty text that ends the name. */
	value = value == NULL ? name + len : value + 1;
	name[name_len] = '\0';
	if ((err = text_decode_form(value, &value_len)) != ERR_OK)
		return err;
	if ((err = text_decode_form(name, &name_len)) != ERR_OK)
		return err;
	return form_add(form, name, value);
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
			err = read_parameter(form, body + start, stop - start);
		if (err != ERR_OK)
			return err;
		start = stop + 1;
	}
	return ERR_OK;
}

const char *
form_find(const struct form *form, const char *name)
{
	for (size_t i = 0; i < form->count; i++)
		if (strcmp(form->list[i].name, name) == 0)
			return *form->list[i].value == '\0' ? NULL : form->list[i].value;
	return NULL;
}
