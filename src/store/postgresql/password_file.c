/* password_file: reads, or makes, the file with the password of a role. */
#include "store/postgresql/password_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/text.h"

enum { RANDOM_LEN = 24 };	/* bytes */

enum err
password_file_read(const char *path, const struct server *server,
    char password[PASSWORD_FILE_SIZE])
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	const char *fault = NULL;
	struct stat st;
	ssize_t len = 0;

	if (fd == -1 || fstat(fd, &st) != 0)
		fault = strerror(errno);
	else if ((st.st_mode & 07) != 0)
		fault = "others may read or write it: chmod o= it";
	else if ((len = read(fd, password, PASSWORD_FILE_SIZE - 1)) < 0)
		fault = strerror(errno);
	else if (len == PASSWORD_FILE_SIZE - 1)
		fault = "the password is too long";
	if (fd != -1)
		(void)close(fd);
	password[fault == NULL ? len : 0] = '\0';
	password[strcspn(password, "\r\n")] = '\0';
	if (fault == NULL)
		return ERR_OK;
	server_complain(server, path, fault);
	return ERR_SETUP;
}

bool
password_file_is_missing(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return errno == ENOENT;
	return S_ISREG(st.st_mode) && st.st_size == 0;
}

/* Writes all of it, or nothing. */
static bool
fill(int fd, const char *line, size_t len)
{
	struct stat st;
	int reason;

	if (fstat(fd, &st) != 0)
		return false;
	/* Another one has been quicker. */
	if (st.st_size != 0) {
		errno = EEXIST;
		return false;
	}
	if (write(fd, line, len) == (ssize_t)len && fsync(fd) == 0)
		return true;
	reason = errno;
	errno = ftruncate(fd, 0) == 0 ? reason : errno;
	return false;
}

enum err
password_file_make(const char *path, FILE *report)
{
	unsigned char random[RANDOM_LEN];			/* secret */
	char line[BASE64_SIZE(RANDOM_LEN) + 1] = "";		/* secret */
	size_t len;
	int fd = -1;
	enum err err;

	if ((err = secret_random(random, sizeof(random))) != ERR_OK)
		return err;
	len = text_encode_base64(BASE64_URL, random, sizeof(random), line);
	line[len++] = '\n';
	fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || !fill(fd, line, len)) {
		fprintf(report, "bearward: cannot write a password into %s: %s; make it with "
		    "`install -m 600 -o USER /dev/null %s`, for the account that runs bearward, "
		    "or name a file in state_dir\n", path, strerror(errno), path);
		err = ERR_SETUP;
	}
	if (fd >= 0)
		(void)close(fd);
	secret_wipe(random, sizeof(random));
	secret_wipe(line, sizeof(line));
	return err;
}
