/*
 * form: a body of parameters. One that is accepted has as many parameters as pieces, no two of one
 * name, all of them UTF-8; and written again it is read again to the same.
 */
#include "fuzz.h"

#include "text/form.h"

/* Writes a text so that only letters and digits stand for themselves. Returns the end. */
static char *
put_encoded(char *end, const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
		const bool is_plain = (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z');

		end += sprintf(end, is_plain ? "%c" : "%%%02X", *c);
	}
	return end;
}

static void
check_again(const struct form *form, size_t size)
{
	/* Each byte may become three; each parameter may get a '=' that it had not. */
	char *body = malloc(3 * size + 2 * FORM_PARAMETERS_MAX + 1), *end = body;
	struct form again;

	assert(body != NULL);
	*end = '\0';
	for (size_t i = 0; i < form->count; i++) {
		end = put_encoded(end, form->list[i].name);
		*end++ = '=';
		end = put_encoded(end, form->list[i].value);
		*end++ = '&';
	}
	assert(form_parse(body, (size_t)(end - body), &again) == ERR_OK);
	assert(again.count == form->count);
	for (size_t i = 0; i < form->count; i++) {
		assert(strcmp(again.list[i].name, form->list[i].name) == 0);
		assert(strcmp(again.list[i].value, form->list[i].value) == 0);
	}
	free(body);
}

static void
check_parameters(const struct form *form)
{
	for (size_t i = 0; i < form->count; i++) {
		const char *name = form->list[i].name, *value = form->list[i].value;
		const char *found = form_find(form, name);

		assert(fuzz_is_utf8(name, strlen(name)) && fuzz_is_utf8(value, strlen(value)));
		assert(*value == '\0' ? found == NULL : found == value);
		for (size_t j = 0; j < i; j++)
			assert(strcmp(form->list[j].name, name) != 0);
	}
}

/* How many pieces between '&' are not empty; false where a '%' lacks its two hex digits. */
static bool
count_pieces(const char *body, size_t size, size_t *count)
{
	static const char hex[] = "0123456789abcdefABCDEF";

	*count = 0;
	for (size_t i = 0; i < size; i++) {
		if (body[i] != '&' && (i == 0 || body[i - 1] == '&'))
			(*count)++;
		if (body[i] == '%' && (size - i < 3 || memchr(hex, body[i + 1], 22) == NULL ||
		    memchr(hex, body[i + 2], 22) == NULL))
			return false;
	}
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *body = fuzz_text(data, size);
	struct form form;
	size_t pieces;
	const bool is_plausible = count_pieces(body, size, &pieces);

	switch (form_parse(body, size, &form)) {
	case ERR_OK:
		assert(is_plausible && form.count == pieces && pieces <= FORM_PARAMETERS_MAX);
		check_parameters(&form);
		check_again(&form, size);
		break;
	case ERR_FORM:
	case ERR_REPEATED:
		break;
	default:
		abort();
	}
	free(body);
	return 0;
}
