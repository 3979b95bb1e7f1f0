/* user_source_htpasswd: users in a file of name:hash, as web servers read it. */
#include "text/user_source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "text/lines.h"

static const char *const names[] = { "name", "hash" };

static enum err
take_line(struct user_source *source, const struct lines *lines, user_source_take *take,
    void *arg)
{
	struct user_cell cells[USER_ROLES] = {0};
	const char *end = lines->text + lines->len;
	const char *hash = memchr(lines->text, ':', lines->len);
	const char *comment;

	if (lines->len == 0 || *lines->text == '#')
		return ERR_OK;
	if (hash == NULL) {
		snprintf(source->fault, sizeof(source->fault),
		    "line %" PRId64 " is not of the form name:hash", lines->number);
		return ERR_REFUSED;
	}
	cells[USER_ROLE_USERNAME] = (struct user_cell){ .type = USER_CELL_TEXT,
		.data = lines->text, .len = (size_t)(hash - lines->text) };
	hash++;
	comment = memchr(hash, ':', (size_t)(end - hash));
	cells[USER_ROLE_PASSWORD] = (struct user_cell){ .type = USER_CELL_TEXT, .data = hash,
		.len = (size_t)((comment != NULL ? comment : end) - hash) };
	return take(cells, (struct user_where){ "line", lines->number }, arg);
}

static enum err
read_htpasswd(struct user_source *source, user_source_take *take, void *arg)
{
	struct lines *lines = source->state;
	bool is_there;
	enum err err;

	lines_rewind(lines);
	while ((err = lines_next(lines, &is_there, source->fault)) == ERR_OK && is_there)
		if ((err = take_line(source, lines, take, arg)) != ERR_OK)
			break;
	return err;
}

static void
close_htpasswd(struct user_source *source)
{
	lines_clear(source->state);
	free(source->state);
}

enum err
user_source_open_htpasswd(struct user_source *source, FILE *in)
{
	struct lines *lines = calloc(1, sizeof(*lines));	/* owned by the source */

	*source = (struct user_source){ .read = read_htpasswd, .state = lines, .names = names };
	for (enum user_role role = 0; role < USER_ROLES; role++)
		source->columns.of[role] = -1;
	source->columns.of[USER_ROLE_USERNAME] = 0;
	source->columns.of[USER_ROLE_PASSWORD] = 1;
	if (lines == NULL)
		return ERR_MEMORY;
	source->close = close_htpasswd;
	return lines_init(lines, in);
}
