/* key_list: tells which signing keys there are, without reading them. */
#include "token/key_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "token/key_file.h"
#include "token/kid.h"

enum err
key_list_open(const char *state_dir, int *directory)
{
	char path[PATH_MAX];
	const int len = snprintf(path, sizeof(path), "%s/keys", state_dir);

	*directory = -1;
	errno = ENAMETOOLONG;
	if (len >= 0 && (size_t)len < sizeof(path))
		*directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*directory >= 0)
		return ERR_OK;
	log_event(LEVEL_ERROR, "cannot look for signing keys", LOG_TEXT("directory", path),
	    LOG_TEXT("reason", strerror(errno)));
	return ERR_SETUP;
}

/* With a line end behind it, or without. */
static bool
has_length_of_secret(const struct stat *st)
{
	return st->st_size >= KEY_SECRET_MIN && st->st_size <= KEY_SECRET_MAX + 2;
}

static void
add_file(int directory, const char *name, struct key_list *list)
{
	struct stat st;
	int64_t created_at;

	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	if (!kid_is_valid(name) || key_file_find_fault(&st) != NULL ||
	    !has_length_of_secret(&st)) {
		list->unsound++;
		return;
	}
	if (list->count == KEY_LIST_MAX)
		return;
	created_at = kid_moment(name);
	memcpy(list->keys[list->count].id, name, strlen(name) + 1);
	list->keys[list->count++].created_at = created_at != 0 ? created_at : st.st_mtime;
}

void
key_list_read(int directory, struct key_list *list)
{
	const int fd = fcntl(directory, F_DUPFD_CLOEXEC, 0);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);	/* owned, with fd */
	const struct dirent *entry;

	list->count = list->unsound = 0;
	if (entries == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	rewinddir(entries);
	while ((entry = readdir(entries)) != NULL)
		if (entry->d_name[0] != '.')
			add_file(directory, entry->d_name, list);
	(void)closedir(entries);
}
