/* keyring_files: the files of keys as they are, for a backup. */
#include "token/keyring_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "token/keyring_internal.h"
#include "token/kid.h"

static const char cannot_read[] = "cannot read the keys";

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
	keyring_take_file *take;
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
keyring_files_visit(const struct config *config, keyring_take_file *take, void *arg)
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
