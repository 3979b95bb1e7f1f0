/* user_source_ndjson: users in a file of JSON objects, one a line. */
#include "text/user_source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "text/json.h"
#include "text/lines.h"

struct state {
	struct lines lines;
	size_t count;
	char *names[USER_SOURCE_NAMES_MAX];	/* owned: of the members, in order of appearance */
	char *list;		/* owned: what a list of texts has become; NULL: none was there */
};

static enum err
refuse(struct user_source *source, const struct state *state, const char *reason)
{
	snprintf(source->fault, sizeof(source->fault), "line %" PRId64 " %s",
	    state->lines.number, reason);
	return ERR_REFUSED;
}

/* Appends the texts of a list, as far as they are texts, with blanks between them. */
static struct user_cell
join(struct state *state, struct json_object *list)
{
	struct user_cell cell = { .type = USER_CELL_TEXT, .data = state->list };
	/* A list has been read from a line, in which it had more room. */
	char *end = state->list;

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		if (!json_object_is_type(item, json_type_string))
			return (struct user_cell){ .type = USER_CELL_BYTES, .data = "" };
		if (i > 0)
			*end++ = ' ';
		memcpy(end, json_object_get_string(item),
		    (size_t)json_object_get_string_len(item));
		end += json_object_get_string_len(item);
	}
	cell.len = (size_t)(end - state->list);
	return cell;
}

/* The cell that a member is; borrowed from it. */
static struct user_cell
cell_of(struct state *state, enum user_role role, struct json_object *member)
{
	switch (json_object_get_type(member)) {
	case json_type_null:
		return (struct user_cell){0};
	case json_type_boolean:
		return (struct user_cell){ .type = USER_CELL_INTEGER,
			.integer = json_object_get_boolean(member) };
	case json_type_int:
		return (struct user_cell){ .type = USER_CELL_INTEGER,
			.integer = json_object_get_int64(member) };
	case json_type_double:
		return (struct user_cell){ .type = USER_CELL_REAL,
			.real = json_object_get_double(member) };
	case json_type_string:
		return (struct user_cell){ .type = USER_CELL_TEXT,
			.data = json_object_get_string(member),
			.len = (size_t)json_object_get_string_len(member) };
	case json_type_array:
		if (role == USER_ROLE_SCOPE || role == USER_ROLE_GROUPS)
			return join(state, member);
		break;
	case json_type_object:
		break;
	}
	return (struct user_cell){ .type = USER_CELL_BYTES, .data = "" };
}

static enum err
take_object(struct user_source *source, struct json_object *object, user_source_take *take,
    void *arg)
{
	struct state *state = source->state;
	struct user_cell cells[USER_ROLES] = {0};

	for (enum user_role role = 0; role < USER_ROLES; role++) {
		const int column = source->columns.of[role];

		if (column >= 0)
			cells[role] = cell_of(state, role,
			    json_object_object_get(object, source->names[column]));
	}
	return take(cells, (struct user_where){ "line", state->lines.number }, arg);
}

static bool
has_name(const struct state *state, const char *name)
{
	for (size_t i = 0; i < state->count; i++)
		if (strcmp(state->names[i], name) == 0)
			return true;
	return false;
}

/* Notes the names of all members. */
static enum err
note_names(struct user_source *source, struct json_object *object)
{
	struct state *state = source->state;

	json_object_object_foreach(object, name, member) {
		(void)member;
		if (has_name(state, name))
			continue;
		if (state->count == USER_SOURCE_NAMES_MAX)
			return refuse(source, state, "brings more than 1024 names of members");
		if ((state->names[state->count] = strdup(name)) == NULL)
			return ERR_MEMORY;
		state->count++;
	}
	return ERR_OK;
}

/* Does something with the object of the line; with take, gives it away, else notes its names. */
static enum err
use_line(struct user_source *source, user_source_take *take, void *arg)
{
	const struct state *state = source->state;
	struct json_object *object = NULL;	/* owned */
	enum err err = json_parse(state->lines.text, state->lines.len, &object);

	if (err == ERR_JSON || (err == ERR_OK && !json_object_is_type(object, json_type_object)))
		err = refuse(source, state, *state->lines.text == '['
		    ? "begins a list; write each object of it on a line of its own, as "
		      "jq -c '.[]' does" : "is not one JSON object");
	else if (err == ERR_OK)
		err = take != NULL ? take_object(source, object, take, arg)
		    : note_names(source, object);
	json_object_put(object);
	return err;
}

static enum err
read_ndjson(struct user_source *source, user_source_take *take, void *arg)
{
	struct state *state = source->state;
	struct lines *lines = &state->lines;
	bool is_there;
	enum err err;

	lines_rewind(lines);
	while ((err = lines_next(lines, &is_there, source->fault)) == ERR_OK && is_there) {
		if (strspn(lines->text, " \t") == lines->len)
			continue;
		if ((err = use_line(source, take, arg)) != ERR_OK)
			break;
	}
	return err;
}

static void
close_ndjson(struct user_source *source)
{
	struct state *state = source->state;

	for (size_t i = 0; i < state->count; i++)
		free(state->names[i]);
	lines_clear(&state->lines);
	free(state->list);
	free(state);
}

static enum err
find_columns(struct user_source *source, const struct user_columns_named *named)
{
	struct state *state = source->state;

	source->names = (const char *const *)state->names;
	for (enum user_role role = 0; role < USER_ROLES; role++)
		source->columns.of[role] = -1;
	/* An export of nobody. */
	if (state->count == 0)
		return ERR_OK;
	return user_columns_find(source->names, state->count, named, &source->columns,
	    source->fault);
}

enum err
user_source_open_ndjson(struct user_source *source, FILE *in,
    const struct user_columns_named *named)
{
	struct state *state = calloc(1, sizeof(*state));	/* owned by the source */
	enum err err;

	*source = (struct user_source){ .read = read_ndjson, .state = state };
	if (state == NULL)
		return ERR_MEMORY;
	source->close = close_ndjson;
	if ((state->list = malloc(LINES_LEN_MAX)) == NULL)
		return ERR_MEMORY;
	if ((err = lines_init(&state->lines, in)) != ERR_OK)
		return err;
	if ((err = read_ndjson(source, NULL, NULL)) != ERR_OK)
		return err;
	return find_columns(source, named);
}
