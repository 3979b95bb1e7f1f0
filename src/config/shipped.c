/* shipped: finds a file that comes with bearward. */
#include "config/shipped.h"

#include <libgen.h>
#include <stdio.h>
#include <unistd.h>

#include "config/config.h"

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
shipped_find_in(const char *const *places, const char *installed, const char *name,
    char path[SHIPPED_PATH_SIZE])
{
	char program[PATH_MAX + 1];
	const char *dir = shipped_program_dir(program);

	for (; *places != NULL; places++) {
		snprintf(path, SHIPPED_PATH_SIZE, "%s%s/%s", dir, *places, name);
		if (access(path, R_OK) == 0)
			return;
	}
	snprintf(path, SHIPPED_PATH_SIZE, "%s/bearward/%s", installed, name);
}

void
shipped_find(const char *name, char path[SHIPPED_PATH_SIZE])
{
	static const char *const places[] = {
		"", "/..", "/../share/bearward", "/../../share/bearward", NULL,
	};

	shipped_find_in(places, DATADIR, name, path);
}

void
config_find_part(const char *name, char path[CONFIG_PATH_SIZE])
{
	static const char *const places[] = { "", "/..", "/../lib/bearward", NULL };

	_Static_assert((int)CONFIG_PATH_SIZE == (int)SHIPPED_PATH_SIZE, "a path has one size");
	shipped_find_in(places, LIBDIR, name, path);
}
