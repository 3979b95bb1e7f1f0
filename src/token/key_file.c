/* key_file: reads and writes a signing key in a file of its own. */
#include "token/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "token/key_internal.h"
#include "token/kid.h"

bool
key_file_is_private(const struct stat *st)
{
	return (st->st_uid == geteuid() || st->st_uid == 0) &&
	    (st->st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

const char *
key_file_find_fault(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "not a regular file; move it away";
	if (!key_file_is_private(st))
		return "others may read or write it, or own it; chmod 600, chown";
	return NULL;
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

/* Makes a key of what is in its open file. Returns NULL, or what is wrong. */
static const char *
read_key(int fd, const char *kid, struct key **key)
{
	char text[KEY_SECRET_MAX + sizeof("\r\n")];	/* secret; room for one too long */
	const char *fault;
	ssize_t len = read_up_to(fd, text, sizeof(text));
	size_t secret_len = len < 0 ? 0 : without_line_end(text, (size_t)len);

	if (len < 0)
		fault = strerror(errno);
	else
		fault = key_find_fault(text, secret_len);
	if (fault == NULL && (*key = key_new(kid, text, secret_len)) == NULL)
		fault = strerror(ENOMEM);
	secret_wipe(text, sizeof(text));
	return fault;
}

const char *
key_file_read(int directory, const char *name, struct key **key)
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
	else if ((fault = key_file_find_fault(&st)) == NULL)
		fault = read_key(fd, name, key);
	(void)close(fd);
	return fault;
}

/* Returns whether an open file has the secret of a key; true also where it cannot be read. */
static bool
may_have_secret(int fd, const struct key *key)
{
	char text[KEY_SECRET_MAX + sizeof("\r\n")];	/* secret */
	ssize_t len = read_up_to(fd, text, sizeof(text));
	bool may_have = len < 0 ||
	    key_has_secret(key, text, without_line_end(text, (size_t)len));

	secret_wipe(text, sizeof(text));
	return may_have;
}

bool
key_file_may_hold(int directory, const struct key *key)
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
	may_hold = may_have_secret(fd, key);
	(void)close(fd);
	return may_hold;
}

static bool
write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t written = write(fd, data, len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		data += written;
		len -= (size_t)written;
	}
	return true;
}

bool
key_file_write(int directory, const char *kid, const char *secret)
{
	char beside[KEY_ID_SIZE + 1];	/* a name that a keyring passes over */
	bool is_written = false;
	int fd;

	snprintf(beside, sizeof(beside), ".%s", kid);
	fd = openat(directory, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	is_written = write_all(fd, secret, strlen(secret)) && write_all(fd, "\n", 1) &&
	    fsync(fd) == 0 && renameat(directory, beside, directory, kid) == 0 &&
	    fsync(directory) == 0;
	if (!is_written) {
		int saved_errno = errno;

		(void)unlinkat(directory, beside, 0);
		errno = saved_errno;
	}
	(void)close(fd);
	return is_written;
}
