/* engine_load: which engine the settings ask for, and where it comes from. */
#include "store/engine_load.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The one that was loaded; it stays until the process ends, as its threads' ends call it. */
static struct {
	pthread_once_t once;
	const struct engine *engine;	/* NULL: it could not be loaded */
	char *fault;			/* why; it stays */
} postgresql = { .once = PTHREAD_ONCE_INIT };

/* Whoever can change the part runs code in the program, and so must be able to change that. */
static const char *
find_fault(const char *path)
{
	struct stat part, program;

	if (stat(path, &part) != 0)
		return errno != ENOENT ? strerror(errno) : "is missing: build bearward where the "
		    "package libpq-dev is installed, and install it again";
	if (stat("/proc/self/exe", &program) != 0)
		return strerror(errno);
	if (part.st_uid != 0 && part.st_uid != program.st_uid)
		return "belongs to another account than the program: give it to root";
	if ((part.st_mode & ~program.st_mode & (S_IWGRP | S_IWOTH)) != 0 ||
	    ((part.st_mode & S_IWGRP) != 0 && part.st_gid != program.st_gid))
		return "others may write it: chmod go-w it";
	return NULL;
}

static void
load(void)
{
	char path[CONFIG_PATH_SIZE];
	const struct engine *const *engine = NULL;	/* in the part */
	const char *version = NULL;			/* likewise */
	const char *fault;
	void *part = NULL;

	config_find_part("bearward-postgresql.so", path);
	fault = find_fault(path);
	if (fault == NULL && (part = dlopen(path, RTLD_NOW | RTLD_LOCAL)) != NULL) {
		version = dlsym(part, "bearward_engine_version");
		engine = dlsym(part, "bearward_engine");
	}
	if (version != NULL && engine != NULL && strcmp(version, ENGINE_VERSION) == 0) {
		postgresql.engine = *engine;
		return;
	}
	if (fault == NULL && part == NULL)
		fault = dlerror();
	else if (fault == NULL)
		fault = "belongs to another version of bearward: install all of one";
	if (asprintf(&postgresql.fault, "%s: %s", path, fault) < 0)
		postgresql.fault = NULL;
}

const struct engine *
engine_load(const struct config *config, const char **fault)
{
	*fault = NULL;
	/* Settings that a test has made by hand may be NULL. */
	if (config->database == NULL || *config->database == '\0')
		return &engine_sqlite;
	(void)pthread_once(&postgresql.once, load);
	if (postgresql.engine == NULL)
		*fault = postgresql.fault != NULL ? postgresql.fault : "out of memory";
	return postgresql.engine;
}
