/*
 * shipped, internal to config/: finds a file that comes with bearward, wherever that is.
 */
#ifndef BEARWARD_CONFIG_SHIPPED_H
#define BEARWARD_CONFIG_SHIPPED_H

#include <limits.h>

enum { SHIPPED_PATH_SIZE = PATH_MAX + 256 };

/*
 * Writes the path of a file of that name: in the first of the places (NULL ends them), counted
 * from the directory of the running program, where it is; otherwise in the directory installed.
 */
void shipped_find_in(const char *const *places, const char *installed, const char *name,
    char path[SHIPPED_PATH_SIZE]);

/* Returns the directory of the running program, in program. */
const char *shipped_program_dir(char program[PATH_MAX + 1]);

/*
 * Writes the path of a file of that name: beside the program or near it, where programs run from a
 * directory of their own; otherwise where `make install` puts it, also if it is not there.
 */
void shipped_find(const char *name, char path[SHIPPED_PATH_SIZE]);

#endif
