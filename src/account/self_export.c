/* self_export: all that is stored about somebody, as one JSON object. */
#include "account/self_export.h"

#include <inttypes.h>
#include <json-c/json.h>
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

static struct json_object *
make_value(const struct user_data *data)
{
	if (data->text != NULL)
		return json_object_new_string(data->text);
	if (data->kind == USER_DATA_BOOL)
		return json_object_new_boolean(data->number != 0);
	return json_object_new_int64(data->number);
}

/* NULL is null, and also what there is no memory for. */
static bool
add_member(struct json_object *object, const struct user_data *data)
{
	struct json_object *value = data->is_null ? NULL : make_value(data);

	if (value == NULL && !data->is_null)
		return false;
	if (json_object_object_add(object, data->name, value) == 0)
		return true;
	json_object_put(value);
	return false;
}

static enum err
write_row(FILE *out, const struct user_data *row)
{
	struct json_object *object = json_object_new_object();	/* owned */
	const char *text = NULL;				/* borrowed from it */
	bool is_whole = object != NULL;

	for (; is_whole && row->name != NULL; row++)
		is_whole = add_member(object, row);
	if (is_whole)
		text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
		    JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text != NULL)
		fputs(text, out);
	json_object_put(object);
	return text == NULL ? ERR_MEMORY : ERR_OK;
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
	enum err err;

	move_on(writing, part);
	if (writing->part == 0)
		writing->has_user = true;
	else
		fputs(writing->has_rows ? ",\n" : "\n", writing->out);
	if ((err = write_row(writing->out, row)) != ERR_OK)
		return err;
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
