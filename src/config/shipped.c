/* shipped: finds a file that comes with bearward. */
#include "config/shipped.h"

#include <libgen.h>
#include <stdio.h>
#include <unistd.h>

const char *
shipped_program_dir(char program[PATH_MAX + 1])
{
	ssize_t len = readlink("/proc/self/exe", program, PATH_MAX);

	if (len <= 0)
		return "/";
	program[len] = '\0';
	return dirname(program);
}

void
shipped_find(const char *name, char path[SHIPPED_PATH_SIZE])
{
	static const char *const places[] = {
		"", "/..", "/../share/bearward", "/../../share/bearward",
	};
	char program[PATH_MAX + 1];
	const char *dir = shipped_program_dir(program);

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, SHIPPED_PATH_SIZE, "%s%s/%s", dir, places[i], name);
		if (access(path, R_OK) == 0)
			return;
	}
	snprintf(path, SHIPPED_PATH_SIZE, "%s/bearward/%s", DATADIR, name);
}
