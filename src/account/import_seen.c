/* import_seen: which users of the database have a name of the file. */
#include "account/import_seen.h"

#include <search.h>
#include <stdlib.h>

struct row {
	int64_t id;
	struct user_where where;
};

static int
compare(const void *a, const void *b)
{
	const struct row *first = a, *second = b;

	return (first->id > second->id) - (first->id < second->id);
}

enum err
import_seen_add(struct import_seen *seen, int64_t id, struct user_where where)
{
	struct row *row = malloc(sizeof(*row));		/* owned by the tree */

	if (row == NULL)
		return ERR_MEMORY;
	*row = (struct row){ .id = id, .where = where };
	if (tsearch(row, &seen->tree, compare) != NULL)
		return ERR_OK;
	free(row);
	return ERR_MEMORY;
}

const struct user_where *
import_seen_find(const struct import_seen *seen, int64_t id)
{
	const struct row wanted = { .id = id };
	struct row *const *found = tfind(&wanted, &seen->tree, compare);

	return found != NULL ? &(*found)->where : NULL;
}

void
import_seen_clear(struct import_seen *seen)
{
	tdestroy(seen->tree, free);
	seen->tree = NULL;
}
