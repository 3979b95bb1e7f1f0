/* import_database: the users of another program's database, as a source of rows. */
#include "account/import_internal.h"

#include <stdlib.h>

#include "store/foreign.h"

struct state {
	struct foreign *foreign;	/* borrowed */
	FILE *faults;			/* borrowed: where it says what fails */
	char *table;			/* owned: "table users" */
	user_source_take *take;		/* who reads at the moment */
	void *arg;
	int64_t row;
};

static enum err
take_user(const struct user_cell cells[USER_ROLES], void *arg)
{
	struct state *state = arg;
	const struct user_cell *id = &cells[USER_ROLE_ID];
	struct user_where where = { "row", ++state->row };

	if (id->type == USER_CELL_INTEGER)
		where = (struct user_where){ "id", id->integer };
	return state->take(cells, where, state->arg);
}

static enum err
read_database(struct user_source *source, user_source_take *take, void *arg)
{
	struct state *state = source->state;

	state->take = take;
	state->arg = arg;
	state->row = 0;
	return foreign_read(state->foreign, take_user, state, state->faults);
}

static void
close_database(struct user_source *source)
{
	struct state *state = source->state;

	free(state->table);
	free(state);
}

static enum err
find_table(struct user_source *source, struct state *state)
{
	size_t size;
	FILE *out = open_memstream(&state->table, &size);

	if (out == NULL)
		return ERR_MEMORY;
	foreign_print_table(state->foreign, out);
	if (fclose(out) != 0)
		return ERR_MEMORY;
	source->table = state->table;
	source->names = foreign_names(state->foreign);
	return ERR_OK;
}

enum err
import_database_read(struct foreign *foreign, const struct config *config,
    const struct user_columns_named *named, FILE *faults, struct user_source *source)
{
	struct state *state = calloc(1, sizeof(*state));	/* owned by the source */
	enum err err;

	if (state == NULL)
		return ERR_MEMORY;
	*state = (struct state){ .foreign = foreign, .faults = faults };
	source->state = state;
	source->read = read_database;
	source->close = close_database;
	foreign_clean(config);
	if ((err = foreign_copy(foreign, config, faults)) != ERR_OK)
		return err;
	if ((err = foreign_find_users(foreign, named, &source->columns, faults)) != ERR_OK)
		return err;
	return find_table(source, state);
}
