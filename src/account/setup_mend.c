/* setup_mend: gives uploaded files the modes that they need. */
#include "account/setup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

static void
mend_mode(int directory, const char *name, mode_t taken, mode_t given)
{
	struct stat st;

	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || S_ISLNK(st.st_mode) ||
	    st.st_uid != geteuid())
		return;
	if (fchmodat(directory, name, ((st.st_mode & ~taken) | given) & 07777, 0) != 0)
		log_event(LEVEL_WARNING, "cannot change a mode", LOG_TEXT("file", name),
		    LOG_TEXT("reason", strerror(errno)));
}

/* The programs that lie there, and no others. */
static bool
is_program(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot != NULL && strcmp(dot, ".fcgi") == 0;
}

void
setup_mend_modes(const char *path)
{
	const int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **names;
	int count;

	if (directory < 0)
		return;
	mend_mode(directory, ".", S_IWGRP | S_IWOTH, 0);
	mend_mode(directory, "bearward.conf", S_IWGRP | S_IWOTH, 0);
	count = scandirat(directory, ".", &names, NULL, NULL);
	for (int i = 0; i < count; i++) {
		if (is_program(names[i]->d_name))
			mend_mode(directory, names[i]->d_name, S_IWGRP | S_IWOTH, 0755);
		free(names[i]);
	}
	if (count >= 0)
		free(names);
	(void)close(directory);
}
