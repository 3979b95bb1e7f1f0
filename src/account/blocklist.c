/* blocklist: looks up passwords that nobody may choose, one a line in a file. */
#include "account/blocklist.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static bool
has_line(FILE *file, const char *wanted)
{
	char *line = NULL;	/* owned */
	size_t size = 0;
	bool found = false;

	while (!found && getline(&line, &size, file) >= 0) {
		line[strcspn(line, "\r\n")] = '\0';
		found = strcmp(line, wanted) == 0;
	}
	free(line);
	return found;
}

enum err
blocklist_check(const char *path, const char *password, bool *is_blocked)
{
	FILE *file;
	enum err err = ERR_OK;

	*is_blocked = false;
	if (*path == '\0')
		return ERR_OK;
	*is_blocked = true;
	if ((file = fopen(path, "re")) != NULL) {
		bool found = has_line(file, password);

		/* Out of memory, getline() stops with neither an error nor the end. */
		if (!found && !feof(file))
			err = ERR_STORAGE;
		*is_blocked = found || err != ERR_OK;
		(void)fclose(file);
	} else {
		err = ERR_STORAGE;
	}
	if (err != ERR_OK)
		log_event(LEVEL_ERROR, "cannot read password_blocklist", LOG_TEXT("file", path),
		    LOG_TEXT("reason", strerror(errno)));
	return err;
}
