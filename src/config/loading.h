/*
 * config_loading, internal to config/: fills a table of settings from its sources, of which the
 * last one wins.
 *
 * It remembers where each value came from, so that a mistake is reported with the file and line,
 * or with the variable, that holds it. It goes on after a mistake, so that all are reported.
 * A report never repeats a value, because a secret may have been pasted into the wrong place.
 */
#ifndef BEARWARD_CONFIG_LOADING_H
#define BEARWARD_CONFIG_LOADING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "config/setting.h"

#define LOADING_VARIABLE_PREFIX "BEARWARD_"
#define LOADING_VARIABLE_OF_FILE LOADING_VARIABLE_PREFIX "CONF"

enum { LOADING_SETTINGS_MAX = 96 };

struct origin {
	enum { FROM_DEFAULT, FROM_FILE, FROM_VARIABLE } source;
	unsigned line;			/* when it is FROM_FILE */
};

struct loading {
	const struct setting *settings;	/* borrowed: the table */
	size_t count;			/* its rows; at most LOADING_SETTINGS_MAX */
	void *values;			/* borrowed: the struct that the offsets refer to */
	FILE *report;			/* borrowed: receives one line for each mistake */

	const char *path;		/* borrowed: the file that is read, absolute; or "" */
	unsigned mistakes;		/* found so far */
	struct origin origins[LOADING_SETTINGS_MAX];
};

/* Sets every value to its default. */
void loading_take_defaults(struct loading *loading);

/* Reads file, whose path is loading->path. Paths in it are relative to its directory. */
void loading_take_file(struct loading *loading, FILE *file);

/* Reads every variable BEARWARD_KEY but BEARWARD_CONF. Paths in them are relative to dir. */
void loading_take_environment(struct loading *loading, const char *dir);

/* Tells whether the file or the environment has set a key. */
bool loading_is_set(const struct loading *loading, const char *key);

/* Reports a mistake in another file. */
void loading_mistake_at(struct loading *loading, const char *path, const char *text);

/* Reports a mistake in a line of the file, or in the whole file when line is 0. */
__attribute__((format(printf, 3, 4)))
void loading_mistake(struct loading *loading, unsigned line, const char *format, ...);

/* Reports a mistake in the value of a setting, with the place where it was set. */
void loading_mistake_in(struct loading *loading, const char *key, const char *text);

#endif
