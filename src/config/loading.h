/*
 * config_loading: one attempt at filling a table of settings from its sources, the strongest last.
 *
 * Remembers where each value came from, so that a mistake is reported with the file and line, or
 * with the variable, that holds it. It goes on after a mistake: all of them are wanted at once.
 * Values are not repeated in reports: a secret may have been pasted into the wrong place.
 * For the files of `config` alone.
 */
#ifndef BEARWARD_CONFIG_LOADING_H
#define BEARWARD_CONFIG_LOADING_H

#include <stddef.h>
#include <stdio.h>

#include "config/setting.h"

#define LOADING_VARIABLE_PREFIX "BEARWARD_"
#define LOADING_VARIABLE_OF_FILE LOADING_VARIABLE_PREFIX "CONF"

enum { LOADING_SETTINGS_MAX = 64 };

struct origin {
	enum { FROM_DEFAULT, FROM_FILE, FROM_VARIABLE } source;
	unsigned line;			/* of a file */
};

struct loading {
	const struct setting *settings;	/* borrowed: the table */
	size_t count;			/* its rows; at most LOADING_SETTINGS_MAX */
	void *values;			/* borrowed: the struct that the rows' offsets count in */
	FILE *report;			/* borrowed: gets one line a mistake */

	const char *path;		/* borrowed: of the file that is read, absolute; or "" */
	unsigned mistakes;		/* found so far */
	struct origin origins[LOADING_SETTINGS_MAX];
};

void loading_take_defaults(struct loading *loading);

/* Reads the file at loading->path; paths in it count from its directory. */
void loading_take_file(struct loading *loading, FILE *file);

/* Reads each variable BEARWARD_KEY but BEARWARD_CONF; paths in them count from dir. */
void loading_take_environment(struct loading *loading, const char *dir);

/* Reports a mistake in the file as a whole, or in a line of it where line is not 0. */
__attribute__((format(printf, 3, 4)))
void loading_mistake(struct loading *loading, unsigned line, const char *format, ...);

/* Reports a mistake in the value that a setting has got. */
void loading_mistake_in(struct loading *loading, const char *key, const char *text);

#endif
