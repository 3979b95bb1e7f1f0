/* key_import: bearward key import. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "ctl/key_add.h"

/* Returns NULL, or why a key is not taken from a file: somebody else may have it already. */
static const char *
find_fault(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return strerror(errno);
	if (S_ISDIR(st.st_mode))
		return strerror(EISDIR);
	if (!S_ISREG(st.st_mode) || (st.st_mode & (S_IRWXG | S_IRWXO)) == 0)
		return NULL;
	return "others may read or write this file, so it may not be yours alone any more. Make a "
	    "new key; or if you know that nobody has it, chmod 600 first";
}

/* Reads all that is there, up to one byte too much. Returns NULL, or what is wrong. */
static const char *
read_all(int fd, char *text)
{
	size_t len = 0;
	ssize_t got = 0;

	while (len <= KEY_TEXT_MAX && (got = read(fd, text + len, KEY_TEXT_MAX + 1 - len)) > 0)
		len += (size_t)got;
	if (got < 0)
		return strerror(errno);
	if (len > KEY_TEXT_MAX)
		return "too long for a key";
	return strlen(text) == len ? NULL : "not a PEM file; one of DER becomes one by openssl "
	    "pkey -inform DER";
}

/* Reads a file, or stdin. *text is owned, secret. Returns NULL, or what is wrong. */
static const char *
read_text(int fd, char **text)
{
	const char *fault = find_fault(fd);

	if (fault != NULL)
		return fault;
	if ((*text = calloc(1, KEY_TEXT_MAX + 2)) == NULL)
		return strerror(ENOMEM);
	/* It may have a NUL, where secret_free() would end. */
	if ((fault = read_all(fd, *text)) != NULL)
		secret_wipe(*text, KEY_TEXT_MAX + 2);
	return fault;
}

enum status
ctl_key_import_open(struct ctl *ctl)
{
	const bool is_stdin = strcmp(ctl->args[0], "-") == 0;
	char shown[CTL_SHOWN_SIZE];
	const char *fault = NULL;
	int fd = STDIN_FILENO;

	if (is_stdin && isatty(STDIN_FILENO))
		return ctl_refuse_usage("key import", "a private key is nothing for a terminal, "
		    "which shows it; name a file, or redirect the input");
	if (!is_stdin && (fd = open(ctl->args[0], O_RDONLY | O_CLOEXEC)) < 0)
		fault = strerror(errno);
	if (fault == NULL)
		fault = read_text(fd, &ctl->key);
	if (!is_stdin && fd >= 0)
		(void)close(fd);
	if (fault == NULL)
		return STATUS_DONE;
	return ctl_fail("no key was added: %s: %s", ctl_show(ctl->args[0], shown), fault);
}

enum status
ctl_key_import(struct ctl *ctl)
{
	struct keyring_new new = { .text = ctl->key };
	struct key_add_before before;
	char shown[CTL_SHOWN_SIZE];
	const char *fault;

	if ((fault = keyring_find_alg(ctl->key, &new.alg)) != NULL)
		return ctl_fail("no key was added: %s: %s", ctl_show(ctl->args[0], shown), fault);
	if (!key_add_read_after(ctl, "key import", ctl->typed[OPT_LATER] != NULL, &new))
		return STATUS_USAGE;
	if (!key_add_look(ctl, &before))
		return STATUS_FAILED;
	return key_add(ctl, &before, &new, "imported");
}
