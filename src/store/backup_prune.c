/* backup_prune: how many backups a directory keeps. */
#include "store/backup_prune.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/backup.h"
#include "store/backup_name.h"

struct named {
	struct backup_name read;
	char name[NAME_MAX + 1];
};

struct found {
	struct named *list;		/* owned */
	size_t count;
	bool is_whole;			/* false: memory was out */
};

static int
compare(const void *a, const void *b)
{
	const struct named *one = a, *other = b;

	return backup_name_compare(&one->read, &other->read);
}

static bool
is_ours(const struct backup_place *place, const char *name)
{
	const int fd = openat(place->directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);
	struct stat st;
	bool is_ours = fd != -1 && fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
	    backup_is_one(fd);

	if (fd != -1)
		(void)close(fd);
	return is_ours;
}

/* Notes a backup, but for the one that has just been made: a clock may have gone back. */
static void
note(const struct backup_place *place, const char *name, void *arg)
{
	struct found *found = arg;
	struct named *list, one;

	if (!backup_name_read(name, &one.read) || strcmp(name, place->name) == 0 ||
	    !is_ours(place, name))
		return;
	snprintf(one.name, sizeof(one.name), "%s", name);
	list = realloc(found->list, (found->count + 1) * sizeof(*list));
	if (list == NULL) {
		found->is_whole = false;
		return;
	}
	found->list = list;
	list[found->count++] = one;
}

enum err
backup_prune(const struct backup_place *place, int64_t kept, int64_t *removed)
{
	struct found found = { .is_whole = true };
	enum err err = ERR_OK;

	*removed = 0;
	if (!backup_place_visit(place, note, &found))
		err = backup_place_fail(place, "", strerror(errno));
	else if (!found.is_whole)
		err = ERR_MEMORY;
	if (found.count > 0)
		qsort(found.list, found.count, sizeof(*found.list), compare);
	for (size_t i = 0; err == ERR_OK && (int64_t)(found.count - i) > kept - 1; i++) {
		if (unlinkat(place->directory, found.list[i].name, 0) == 0)
			++*removed;
		else if (errno != ENOENT)
			err = backup_place_fail(place, found.list[i].name, strerror(errno));
	}
	free(found.list);
	return err;
}
