/* key_list: tells which keys there are to check with, without reading them. */
#include "token/key_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "token/key_file.h"
#include "token/kid.h"

enum err
key_list_open(const char *state_dir, struct key_list_directories *directories)
{
	directories->publics = -1;
	directories->secrets = key_place_open(state_dir, KEY_PLACE_SECRETS);
	if (directories->secrets >= 0) {
		directories->publics = key_place_open(state_dir, KEY_PLACE_PUBLIC);
		return ERR_OK;
	}
	log_event(LEVEL_ERROR, "cannot look for signing keys",
	    LOG_TEXT("directory", state_dir), LOG_TEXT("file", "keys"),
	    LOG_TEXT("reason", strerror(errno)));
	return ERR_SETUP;
}

void
key_list_close(const struct key_list_directories *directories)
{
	if (directories->secrets >= 0)
		(void)close(directories->secrets);
	if (directories->publics >= 0)
		(void)close(directories->publics);
}

/* With a line end behind it, or without. */
static bool
has_length_of_key(enum key_place place, const struct stat *st)
{
	if (place == KEY_PLACE_PUBLIC)
		return st->st_size > 0 && st->st_size <= KEY_TEXT_MAX;
	return st->st_size >= KEY_SECRET_MIN && st->st_size <= KEY_SECRET_MAX + 2;
}

static void
add_file(int directory, enum key_place place, const char *name, struct key_list *list)
{
	struct stat st;
	int64_t created_at;

	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	if (!kid_is_valid(name) || key_file_find_fault(place, directory, &st) != NULL ||
	    !has_length_of_key(place, &st)) {
		list->unsound++;
		return;
	}
	if (list->count == KEY_LIST_MAX)
		return;
	created_at = kid_moments(name).made_at;
	memcpy(list->keys[list->count].id, name, strlen(name) + 1);
	list->keys[list->count++].created_at = created_at != 0 ? created_at : st.st_mtime;
}

static void
add_directory(int directory, enum key_place place, struct key_list *list)
{
	const int fd = fcntl(directory, F_DUPFD_CLOEXEC, 0);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);	/* owned, with fd */
	const struct dirent *entry;

	if (entries == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	rewinddir(entries);
	while ((entry = readdir(entries)) != NULL)
		if (entry->d_name[0] != '.')
			add_file(directory, place, entry->d_name, list);
	(void)closedir(entries);
}

void
key_list_read(const struct key_list_directories *directories, struct key_list *list)
{
	list->count = list->unsound = 0;
	add_directory(directories->secrets, KEY_PLACE_SECRETS, list);
	if (directories->publics >= 0)
		add_directory(directories->publics, KEY_PLACE_PUBLIC, list);
}
