/* keyring_files: the files of keys as they are, for a backup, and back from there. */
#include "token/keyring_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/whole_file.h"
#include "token/keyring_internal.h"
#include "token/kid.h"

static const char cannot_read[] = "cannot read the keys";
static const char cannot_put[] = "cannot bring a key back";

enum { PATH_SIZE = 16 + KEY_ID_SIZE };	/* of a file below the state directory */

/* Reads the file of a key. Returns its length, or -1, with errno. */
static ssize_t
read_file(int directory, const char *name, char text[KEY_TEXT_MAX + 1])
{
	const int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t len = 0, got = 1;

	if (fd < 0)
		return -1;
	while (got > 0 && len <= KEY_TEXT_MAX) {
		got = read(fd, text + len, (size_t)(KEY_TEXT_MAX + 1 - len));
		len += got > 0 ? got : 0;
	}
	(void)close(fd);
	if (got == 0)
		return len;
	errno = got < 0 ? errno : EFBIG;
	return -1;
}

/* A walk through the files. */
struct walk {
	keyring_files_take *take;
	void *arg;
	const char *state_dir;
	enum err err;
};

static bool
visit_file(int directory, enum key_place place, const char *name, void *arg)
{
	char text[KEY_TEXT_MAX + 1], path[PATH_SIZE];	/* text is secret */
	struct walk *walk = arg;
	ssize_t len;

	/* What cannot be a key is none. */
	if (!kid_is_valid(name))
		return true;
	snprintf(path, sizeof(path), "%s/%s", key_place_path(place), name);
	if ((len = read_file(directory, name, text)) >= 0)
		walk->err = walk->take(path, text, (size_t)len, walk->arg);
	else
		walk->err = keyring_fail(cannot_read, walk->state_dir, path, strerror(errno));
	secret_wipe(text, sizeof(text));
	return walk->err == ERR_OK;
}

enum err
keyring_files_visit(const struct config *config, keyring_files_take *take, void *arg)
{
	struct walk walk = { take, arg, config->state_dir, ERR_OK };
	const int lock = keyring_lock(config->state_dir);

	if (lock < 0)
		return keyring_fail(cannot_read, config->state_dir, "", strerror(errno));
	for (enum key_place place = 0; place < KEY_PLACES && walk.err == ERR_OK; place++)
		if (!keyring_visit(config->state_dir, place, visit_file, &walk) &&
		    walk.err == ERR_OK)
			walk.err = keyring_fail(cannot_read, config->state_dir,
			    key_place_path(place), strerror(errno));
	(void)close(lock);
	return walk.err;
}

/* Takes a path apart. Returns false where it is none of a key. */
static bool
read_path(const char *path, enum key_place *place, const char **name)
{
	for (*place = 0; *place < KEY_PLACES; ++*place) {
		const char *directory = key_place_path(*place);
		const size_t len = strlen(directory);

		*name = path + len + 1;
		if (strncmp(path, directory, len) == 0 && path[len] == '/')
			return kid_is_valid(*name);
	}
	return false;
}

bool
keyring_files_has_same(const struct config *config, const char *path, const char *content,
    size_t len)
{
	char text[KEY_TEXT_MAX + 1];	/* secret */
	enum key_place place;
	const char *name;
	bool is_same = false;
	int directory;

	if (!read_path(path, &place, &name) ||
	    (directory = key_place_open(config->state_dir, place)) < 0)
		return false;
	if (read_file(directory, name, text) == (ssize_t)len)
		is_same = secret_equal(text, content, len);
	(void)close(directory);
	secret_wipe(text, sizeof(text));
	return is_same;
}

/* Writes a file, unless there is one, under the lock of those who change keys. */
static bool
put_file(const struct config *config, enum key_place place, const char *name, const char *text)
{
	const int lock = keyring_lock(config->state_dir);
	const int directory = lock < 0 ? -1 : key_place_make(config->state_dir, place);
	char beside[KEY_ID_SIZE + 1];
	bool is_there = false;

	snprintf(beside, sizeof(beside), ".%s", name);
	if (directory >= 0)
		is_there = keyring_has_file(config->state_dir, place, name) ||
		    whole_file_write(directory, beside, name,
		    key_place_is_shared(place, directory) ? KEY_FILE_SHARED : 0600, text);
	if (directory >= 0)
		(void)close(directory);
	if (lock >= 0)
		(void)close(lock);
	return is_there;
}

enum err
keyring_files_check(const struct config *config, const char *path, const char *content,
    size_t len)
{
	enum key_place place;
	const char *name;

	if (read_path(path, &place, &name) && len <= KEY_TEXT_MAX &&
	    memchr(content, '\0', len) == NULL)
		return ERR_OK;
	return keyring_fail(cannot_put, config->state_dir, path, "it is no key");
}

enum err
keyring_files_put(const struct config *config, const char *path, const char *content, size_t len)
{
	char text[KEY_TEXT_MAX + 1];	/* secret */
	enum key_place place;
	const char *name;
	bool is_put;
	enum err err = keyring_files_check(config, path, content, len);

	if (err != ERR_OK || !read_path(path, &place, &name))
		return err;
	memcpy(text, content, len);
	text[len] = '\0';
	errno = 0;
	is_put = put_file(config, place, name, text);
	secret_wipe(text, sizeof(text));
	return is_put ? ERR_OK : keyring_fail(cannot_put, config->state_dir, path,
	    strerror(errno));
}
