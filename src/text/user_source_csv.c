/* user_source_csv: users in a file of comma-separated values. */
#include "text/user_source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "text/csv.h"

struct state {
	struct csv csv;
	size_t count;		/* of the columns */
	char **names;		/* owned, as each of them is */
};

static void
fill(const struct user_source *source, const struct csv *csv, struct user_cell cells[USER_ROLES])
{
	for (enum user_role role = 0; role < USER_ROLES; role++) {
		const int column = source->columns.of[role];

		cells[role] = (struct user_cell){0};
		if (column >= 0)
			cells[role] = (struct user_cell){ .type = USER_CELL_TEXT,
				.data = csv->fields[column], .len = csv->lens[column] };
	}
}

static enum err
refuse_count(struct user_source *source, const struct state *state)
{
	snprintf(source->fault, sizeof(source->fault), "line %" PRId64 " does not have as many "
	    "fields as the first line, which names them: %zu, and not %zu", state->csv.line,
	    state->csv.count, state->count);
	return ERR_REFUSED;
}

static enum err
read_csv(struct user_source *source, user_source_take *take, void *arg)
{
	struct state *state = source->state;
	struct csv *csv = &state->csv;
	struct user_cell cells[USER_ROLES];
	bool is_there;
	enum err err;

	csv_rewind(csv);
	err = csv_next(csv, &is_there, source->fault);		/* the names */
	while (err == ERR_OK) {
		if ((err = csv_next(csv, &is_there, source->fault)) != ERR_OK || !is_there)
			break;
		if (csv->count != state->count)
			return refuse_count(source, state);
		fill(source, csv, cells);
		err = take(cells, (struct user_where){ "line", csv->line }, arg);
	}
	return err;
}

static void
close_csv(struct user_source *source)
{
	struct state *state = source->state;

	for (size_t i = 0; i < state->count; i++)
		free(state->names[i]);
	free(state->names);
	csv_clear(&state->csv);
	free(state);
}

/* Keeps the names of the columns. */
static enum err
copy_names(struct user_source *source, struct state *state)
{
	const struct csv *csv = &state->csv;

	if ((state->names = calloc(csv->count, sizeof(*state->names))) == NULL)
		return ERR_MEMORY;
	for (; state->count < csv->count; state->count++) {
		const size_t i = state->count;

		if (!text_is_utf8(csv->fields[i], csv->lens[i])) {
			snprintf(source->fault, sizeof(source->fault), "the first line, which "
			    "names the columns, is not UTF-8; save the file as UTF-8");
			return ERR_REFUSED;
		}
		if ((state->names[i] = strdup(csv->fields[i])) == NULL)
			return ERR_MEMORY;
	}
	source->names = (const char *const *)state->names;
	return ERR_OK;
}

static enum err
read_names(struct user_source *source, struct state *state)
{
	bool is_there;
	enum err err = csv_next(&state->csv, &is_there, source->fault);

	if (err != ERR_OK)
		return err;
	if (is_there)
		return copy_names(source, state);
	snprintf(source->fault, sizeof(source->fault),
	    "the file is empty; its first line must name the columns");
	return ERR_REFUSED;
}

/* In a file without names, the first line is a user: it is not shown. */
static enum err
find_columns(struct user_source *source, const struct state *state,
    const struct user_columns_named *named)
{
	enum err err = user_columns_find_unlisted(source->names, state->count, named,
	    &source->columns, source->fault);
	const size_t len = strlen(source->fault);

	if (err == ERR_REFUSED)
		snprintf(source->fault + len, sizeof(source->fault) - len,
		    " (the first line of the file must name the columns)");
	return err;
}

enum err
user_source_open_csv(struct user_source *source, FILE *in, const struct user_columns_named *named)
{
	struct state *state = calloc(1, sizeof(*state));	/* owned by the source */
	enum err err;

	*source = (struct user_source){ .read = read_csv, .state = state };
	if (state == NULL)
		return ERR_MEMORY;
	source->close = close_csv;
	if ((err = csv_init(&state->csv, in)) != ERR_OK)
		return err;
	if ((err = read_names(source, state)) != ERR_OK)
		return err;
	return find_columns(source, state, named);
}
