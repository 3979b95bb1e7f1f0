/* documents: bearward documents. */
#include "ctl/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account/jwks.h"
#include "account/metadata.h"
#include "base/whole_file.h"

/* Opens a directory in another, made for all to read where it is missing; -1 with errno. */
static int
open_directory(int parent, const char *name)
{
	if (mkdirat(parent, name, 0755) == 0) {
		if (fchmodat(parent, name, 0755, 0) != 0)
			return -1;
	} else if (errno != EEXIST) {
		return -1;
	}
	return openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Opens the directory of a file, below that of the argument; -1 with errno. */
static int
open_parent(const char *root, const char *path, const char **name)
{
	int directory = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char part[NAME_MAX + 1];

	for (*name = path + 1; directory >= 0 && strchr(*name, '/') != NULL;) {
		const size_t len = strcspn(*name, "/");
		const int parent = directory;

		snprintf(part, sizeof(part), "%.*s", (int)len, *name);
		directory = open_directory(parent, part);
		(void)close(parent);
		*name += len + 1;
	}
	return directory;
}

/* Whether a file has that text already, and everybody may read it. */
static bool
has_text(int directory, const char *name, const char *text)
{
	const int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");	/* owned, with fd */
	struct stat st;
	bool is_same;

	if (file == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return false;
	}
	is_same = fstat(fd, &st) == 0 && (st.st_mode & 07777) == 0644 &&
	    st.st_size == (off_t)strlen(text);
	for (; is_same && *text != '\0'; text++)
		is_same = getc(file) == (unsigned char)*text;
	(void)fclose(file);
	return is_same;
}

/* Puts a whole file in the place of the one there is; false with errno. */
static bool
replace(int directory, const char *name, const char *text)
{
	char beside[NAME_MAX + 1];

	/* Two calls at once have a file each. */
	snprintf(beside, sizeof(beside), ".bearward-%ld", (long)getpid());
	return whole_file_write(directory, beside, name, 0644, text);
}

/* Writes a document, and says so. */
static enum status
put(const char *root, const char *path, const char *text)
{
	const char *name;
	const int directory = open_parent(root, path, &name);
	enum status status = STATUS_DONE;

	if (directory >= 0 && has_text(directory, name, text))
		printf("%s%s is as it was\n", root, path);
	else if (directory >= 0 && replace(directory, name, text))
		printf("wrote %s%s\n", root, path);
	else
		status = ctl_fail("cannot write %s%s: %s", root, path, strerror(errno));
	if (directory >= 0)
		(void)close(directory);
	return status;
}

static enum status
put_keys(struct ctl *ctl)
{
	char *text = NULL;	/* owned */
	const enum err err = jwks_get(&ctl->context, &text);
	const enum status status = err != ERR_OK ? ctl_fail_for(err)
	    : put(ctl->args[0], METADATA_KEYS_PATH, text);

	free(text);
	return status;
}

/* Says why there is no metadata, and removes what there was before. */
static enum status
put_nothing(const char *root, const char *fault)
{
	char path[PATH_MAX];

	printf("no %s%s: %s\n", root, METADATA_PATH, fault);
	if (snprintf(path, sizeof(path), "%s%s", root, METADATA_PATH) < (int)sizeof(path) &&
	    unlink(path) == 0)
		printf("removed %s\n", path);
	return STATUS_DONE;
}

static enum status
put_metadata(struct ctl *ctl)
{
	const char *fault = metadata_find_fault(&ctl->config);
	char path[METADATA_PATH_SIZE];
	char *text = NULL;	/* owned */
	enum status status;
	enum err err;

	if (fault != NULL)
		return put_nothing(ctl->args[0], fault);
	metadata_path(&ctl->config, path);
	err = metadata_write(&ctl->config, &text);
	status = err != ERR_OK ? ctl_fail_for(err) : put(ctl->args[0], path, text);
	free(text);
	return status;
}

enum status
ctl_documents(struct ctl *ctl)
{
	static const struct resource *const resources[] = { &resource_keys_public, NULL };
	enum status status;

	if (!ctl_open(ctl, resources))
		return STATUS_FAILED;
	if (access(ctl->args[0], W_OK | X_OK) != 0)
		return ctl_fail("cannot write to %s: %s; make it for the account that state_dir "
		    "belongs to: install -d -o USER %s", ctl->args[0], strerror(errno),
		    ctl->args[0]);
	if ((status = put_keys(ctl)) == STATUS_DONE)
		status = put_metadata(ctl);
	if (status == STATUS_DONE)
		puts("Run this again after each change of keys or settings, and every day: a key "
		    "whose time is over stays in the file until then");
	return status;
}
