/*
 * multipart: a boundary on a line of its own, and a multipart form. One that is accepted has as
 * many fields as delimiters before the last, no two of one name, all of them UTF-8; and written
 * again it is read again to the same.
 */
#include "fuzz.h"

#include "text/multipart.h"

/* Writes a form as a browser does. Returns the end. */
static char *
put_form(char *end, const struct form *form, const char *boundary)
{
	for (size_t i = 0; i < form->count; i++) {
		end += sprintf(end, "--%s\r\nContent-Disposition: form-data; name=\"", boundary);
		for (const char *c = form->list[i].name; *c != '\0'; c++)
			end += sprintf(end, *c == '"' || *c == '\r' || *c == '\n' ? "%%%02X" :
			    *c == '\\' ? "\\%c" : "%c", *c);
		end += sprintf(end, "\"\r\n\r\n%s\r\n", form->list[i].value);
	}
	return end + sprintf(end, "--%s--\r\n", boundary);
}

static void
check_again(const struct form *form, const char *boundary, size_t size)
{
	const size_t frame = strlen(boundary) + 64;
	char *body = malloc(4 * size + (form->count + 1) * frame), *end;
	struct form again;

	assert(body != NULL);
	end = put_form(body, form, boundary);
	assert(multipart_parse(body, (size_t)(end - body), boundary, strlen(boundary), &again) ==
	    ERR_OK);
	assert(again.count == form->count);
	for (size_t i = 0; i < form->count; i++) {
		assert(strcmp(again.list[i].name, form->list[i].name) == 0);
		assert(strcmp(again.list[i].value, form->list[i].value) == 0);
	}
	free(body);
}

static void
check_fields(const struct form *form)
{
	assert(form->count <= FORM_PARAMETERS_MAX);
	for (size_t i = 0; i < form->count; i++) {
		const char *name = form->list[i].name, *value = form->list[i].value;

		assert(fuzz_is_utf8(name, strlen(name)) && fuzz_is_utf8(value, strlen(value)));
		for (size_t j = 0; j < i; j++)
			assert(strcmp(form->list[j].name, name) != 0);
	}
}

/* How many lines begin with the delimiter, to the one that is the last. */
static size_t
count_delimiters(const char *body, size_t size, const char *boundary)
{
	const size_t len = strlen(boundary);
	size_t count = 0;

	for (size_t i = 0; i + 2 + len <= size; i++) {
		const bool is_start = i == 0 ||
		    (i >= 2 && body[i - 2] == '\r' && body[i - 1] == '\n');

		if (!is_start || memcmp(body + i, "--", 2) != 0 ||
		    memcmp(body + i + 2, boundary, len) != 0)
			continue;
		count++;
		if (i + 4 + len <= size && memcmp(body + i + 2 + len, "--", 2) == 0)
			break;
	}
	return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *boundary = fuzz_text(data, size);
	const size_t len = strcspn(boundary, "\n");
	const char *rest = boundary + len + 1;
	size_t body_size = size > len ? size - len - 1 : 0, delimiters;
	char *body;
	struct form form;

	boundary[len] = '\0';
	/* What cannot be one, media_read() refuses. */
	if (len == 0 || len > MULTIPART_BOUNDARY_MAX || body_size == 0 ||
	    strpbrk(boundary, "\r\t\"\\") != NULL || boundary[len - 1] == ' ' ||
	    !fuzz_is_utf8(boundary, len)) {
		free(boundary);
		return 0;
	}
	body = malloc(body_size);
	assert(body != NULL);
	memcpy(body, rest, body_size);
	delimiters = count_delimiters(body, body_size, boundary);
	switch (multipart_parse(body, body_size, boundary, len, &form)) {
	case ERR_OK:
		assert(form.count + 1 == delimiters);
		check_fields(&form);
		check_again(&form, boundary, size);
		break;
	case ERR_FORM:
	case ERR_MULTIPART:
	case ERR_PART:
	case ERR_REPEATED:
		break;
	default:
		abort();
	}
	free(body);
	free(boundary);
	return 0;
}
