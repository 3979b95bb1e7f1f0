/* key_file: reads and writes a key in a file of its own. */
#include "token/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/whole_file.h"
#include "token/key_text.h"
#include "token/kid.h"
#include "token/thumbprint.h"

/* A secret's file has no room to say how long access tokens lived when it was made. */
enum { SECRET_OLDER_FOR = 86400 };	/* seconds */

const char *
key_file_find_fault(enum key_place place, int directory, const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "not a regular file; move it away";
	if (key_place_is_closed(place, directory, st))
		return NULL;
	return place == KEY_PLACE_PUBLIC ? "others may write it, or own it; chmod 600, chown" :
	    "others may read or write it, or own it; chmod 600, chown";
}

/* Reads up to size bytes. Returns how many, or -1 with errno. */
static ssize_t
read_up_to(int fd, char *data, size_t size)
{
	size_t len = 0;
	ssize_t got;

	while ((got = read(fd, data + len, size - len)) > 0)
		len += (size_t)got;
	return got == 0 ? (ssize_t)len : -1;
}

/* Returns len without that of one line end. */
static size_t
without_line_end(const char *text, size_t len)
{
	if (len > 0 && text[len - 1] == '\n')
		len -= len > 1 && text[len - 2] == '\r' ? 2 : 1;
	return len;
}

/* Makes a key of a secret. Returns NULL, or what is wrong. */
static const char *
take_secret(const char *text, size_t len, const char *kid, struct key **key)
{
	const struct kid_moments moments = kid_moments(kid);
	const struct key_life life = {
		.made_at = moments.made_at,
		.signs_at = moments.signs_at != 0 ? moments.signs_at : moments.made_at,
		.is_to_wait = moments.signs_at != 0,
		.older_for = SECRET_OLDER_FOR,
	};
	struct key_material *material;	/* given away */
	const char *fault = key_hs256.read(text, without_line_end(text, len), KEY_PRIVATE,
	    &material);

	if (fault == NULL && (*key = key_new(kid, &life, KEY_HS256, material)) == NULL)
		fault = strerror(ENOMEM);
	return fault;
}

/* Returns NULL, or what is wrong with the name of a key. */
static const char *
check_thumbprint(const struct key_algorithm *algorithm, const struct key_material *material,
    const char *kid)
{
	char thumbprint[KEY_ID_SIZE];

	if (thumbprint_of(algorithm, material, thumbprint) != ERR_OK)
		return strerror(ENOMEM);
	if (strcmp(kid, thumbprint) != 0)
		return "its name is not the thumbprint of the key in it; import the key anew";
	return NULL;
}

/* Makes a key of a half. Returns NULL, or what is wrong. */
static const char *
take_half(const char *text, size_t len, enum key_half half, const char *kid, struct key **key)
{
	const struct key_algorithm *algorithm;
	struct key_material *material;	/* given away */
	struct key_life life;
	enum key_alg alg;
	size_t pem_at;
	const char *fault = key_text_read(text, len, &alg, &life, &pem_at);

	if (fault != NULL)
		return fault;
	algorithm = key_algorithm_of(alg);
	if ((fault = algorithm->read(text + pem_at, len - pem_at, half, &material)) != NULL)
		return fault;
	if ((fault = check_thumbprint(algorithm, material, kid)) != NULL) {
		algorithm->free_material(material);
		return fault;
	}
	return (*key = key_new(kid, &life, alg, material)) == NULL ? strerror(ENOMEM) : NULL;
}

/* Makes a key of the content of its file. Returns NULL, or what is wrong. */
static const char *
take_text(const char *text, size_t len, enum key_place place, const char *kid, struct key **key)
{
	*key = NULL;
	if (place == KEY_PLACE_SECRETS)
		return take_secret(text, len, kid, key);
	if (len > KEY_TEXT_MAX)
		return "too long for a key; move it away";
	return take_half(text, len, place == KEY_PLACE_PRIVATE ? KEY_PRIVATE : KEY_PUBLIC, kid,
	    key);
}

/* Makes a key of what is in its open file, or copies it. Returns NULL, or what is wrong. */
static const char *
read_key(int fd, enum key_place place, const char *kid, const struct key *known,
    struct key **key)
{
	char text[KEY_TEXT_MAX + 1];	/* secret; room for one too long */
	const ssize_t len = read_up_to(fd, text, sizeof(text));
	const char *fault = NULL;

	if (len < 0)
		fault = strerror(errno);
	else if (known != NULL && key_is_of_text(known, text, (size_t)len))
		*key = key_copy(known);
	else if ((fault = take_text(text, (size_t)len, place, kid, key)) == NULL)
		key_note_text(*key, text, (size_t)len);
	if (fault == NULL && *key == NULL)
		fault = strerror(ENOMEM);
	secret_wipe(text, sizeof(text));
	return fault;
}

const char *
key_file_read(int directory, enum key_place place, const char *name, const struct key *known,
    struct key **key)
{
	const char *fault;
	struct stat st;
	int fd;

	*key = NULL;
	if (!kid_is_valid(name))
		return "no key id (1-64 of A-Z a-z 0-9 _ -); rename the file";
	/* Non-blocking: a FIFO must not hold the start up. The checks are of what was opened. */
	fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return NULL;
	if (fd < 0)
		return errno == ELOOP ? "a symbolic link; copy the file" : strerror(errno);
	if (fstat(fd, &st) < 0)
		fault = strerror(errno);
	else if ((fault = key_file_find_fault(place, directory, &st)) == NULL)
		fault = read_key(fd, place, name, known, key);
	(void)close(fd);
	return fault;
}

/* Returns whether an open file has a key; true also where that cannot be told. */
static bool
may_have_key(int fd, enum key_place place, const struct key *key)
{
	char text[KEY_TEXT_MAX + 1];	/* secret */
	const ssize_t len = read_up_to(fd, text, sizeof(text));
	struct key *found = NULL;	/* owned */
	bool may_have;

	if (len < 0)
		return true;
	if (key_is_of_text(key, text, (size_t)len)) {
		secret_wipe(text, sizeof(text));
		return true;
	}
	errno = 0;
	(void)take_text(text, (size_t)len, place, key_id(key), &found);
	may_have = found == NULL ? errno == ENOMEM : key_is_same(found, key);
	key_free(found);
	secret_wipe(text, sizeof(text));
	return may_have;
}

bool
key_file_may_hold(int directory, enum key_place place, const struct key *key)
{
	struct stat st;
	bool may_hold;
	int fd;

	if (fstatat(directory, key_id(key), &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno != ENOENT;
	if (!S_ISREG(st.st_mode))
		return false;
	fd = openat(directory, key_id(key), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno != ENOENT && errno != ELOOP;
	may_hold = may_have_key(fd, place, key);
	(void)close(fd);
	return may_hold;
}

/* Writes a text into a file of that name. Returns false, with errno, on failure. */
static bool
write_text(int directory, enum key_place place, const char *kid, const char *text)
{
	char beside[KEY_ID_SIZE + 1];	/* a name that a keyring passes over; keys/ is locked */

	snprintf(beside, sizeof(beside), ".%s", kid);
	return whole_file_write(directory, beside, kid,
	    key_place_is_shared(place, directory) ? KEY_FILE_SHARED : 0600, text);
}

enum err
key_file_write(int directory, enum key_place place, const struct key *key)
{
	char *text = NULL;	/* owned, secret */
	enum err err;

	if (place == KEY_PLACE_SECRETS)
		err = key_write(key, KEY_PRIVATE, &text);
	else
		err = key_text_write(key, place == KEY_PLACE_PRIVATE ? KEY_PRIVATE : KEY_PUBLIC,
		    &text);
	if (err == ERR_OK && !write_text(directory, place, key_id(key), text))
		err = ERR_STORAGE;
	secret_free(text);
	return err;
}
