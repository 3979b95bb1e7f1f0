/* self_export: all that is stored about somebody, as one JSON object. */
#include "account/self_export.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/audit.h"
#include "base/secret.h"
#include "store/user_data.h"

/* A document under way. Errors stay in out. */
struct writing {
	FILE *out;			/* borrowed */
	size_t part;			/* the one that is open */
	bool has_rows;			/* of that part */
	bool has_user;
};

/* Writes a text that is valid UTF-8 as RFC 8259, section 7, has it. */
static void
write_text(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text != '\0'; text++) {
		const unsigned char c = (unsigned char)*text;

		if (c < 0x20)
			fprintf(out, "\\u%04x", c);
		else if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void
write_value(FILE *out, const struct user_data *data)
{
	if (data->is_null)
		fputs("null", out);
	else if (data->text != NULL)
		write_text(out, data->text);
	else if (data->kind == USER_DATA_BOOL)
		fputs(data->number != 0 ? "true" : "false", out);
	else
		fprintf(out, "%" PRId64, data->number);
}

static void
write_row(FILE *out, const struct user_data *row)
{
	for (const struct user_data *data = row; data->name != NULL; data++) {
		fprintf(out, "%s\"%s\":", data == row ? "{" : ",", data->name);
		write_value(out, data);
	}
	fputc('}', out);
}

/* The first part, "user", is one row; the others are lists. */
static void
open_part(struct writing *writing)
{
	fprintf(writing->out, ",\n\"%s\":", user_data_part(writing->part));
	if (writing->part > 0)
		fputc('[', writing->out);
	writing->has_rows = false;
}

static void
close_part(struct writing *writing)
{
	if (writing->part > 0)
		fputs(writing->has_rows ? "\n]" : "]", writing->out);
}

/* Closes the parts before that one (NULL: all), of which those in between are empty. */
static void
move_on(struct writing *writing, const char *part)
{
	const char *open;

	while ((open = user_data_part(writing->part)) != NULL &&
	    (part == NULL || strcmp(open, part) != 0)) {
		close_part(writing);
		writing->part++;
		if (user_data_part(writing->part) != NULL)
			open_part(writing);
	}
}

static enum err
take_row(const char *part, const struct user_data *row, void *arg)
{
	struct writing *writing = arg;

	move_on(writing, part);
	if (writing->part == 0)
		writing->has_user = true;
	else
		fputs(writing->has_rows ? ",\n" : "\n", writing->out);
	write_row(writing->out, row);
	writing->has_rows = true;
	return ferror(writing->out) ? ERR_MEMORY : ERR_OK;
}

static enum err
write_all(struct context *context, const struct user *user, FILE *out)
{
	struct writing writing = { .out = out };
	enum err err;

	fprintf(out, "{\"exported_at\":%" PRId64, context->now);
	open_part(&writing);
	err = user_data_list(context->service->db, user->id, take_row, &writing);
	move_on(&writing, NULL);
	fputs("}\n", out);
	if (err != ERR_OK)
		return err;
	return writing.has_user ? ERR_OK : ERR_TOKEN;
}

enum err
self_export(struct context *context, const struct user *user, char **json)
{
	char *text = NULL;	/* owned */
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);	/* owned */
	enum err err;

	*json = NULL;
	if (out == NULL)
		return ERR_MEMORY;
	err = write_all(context, user, out);
	if (fclose(out) != 0 && err == ERR_OK)
		err = ERR_MEMORY;
	if (err == ERR_OK) {
		audit_user(context, "data exported", user, NULL);
		audit_note(context, user, "data exported");
		*json = text;
	} else
		secret_free(text);
	return err;
}
