/*
 * config_setting, internal to config/: one row of the table of settings, and the kinds of value
 * that a row may have.
 *
 * A kind reads a value from text, says in words what it accepts, and writes a value in a form that
 * it would read again. Which settings exist is known to config.c only.
 */
#ifndef BEARWARD_CONFIG_SETTING_H
#define BEARWARD_CONFIG_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

/* Stands for a file that comes with bearward, wherever that is. */
#define SETTING_SHIPPED "shipped"

struct setting_kind;

struct setting {
	const char *key;
	const struct setting_kind *kind;
	size_t offset;			/* of the field in struct config */
	const char *standard;		/* the default, as text */
	long min, max;			/* of a number, of a text's bytes, of a list's scopes */
	const char *unit;		/* of a number; NULL when it has none */
	const char *const *choices;	/* of a choice: NULL-terminated; a value is an index */
};

struct setting_kind {
	bool is_text;			/* the field is an owned char *, not NULL once read */
	/*
	 * Replaces the field by what value says; a relative path is relative to dir. Returns
	 * ERR_REFUSED when value is not accepted, ERR_MEMORY when memory is out; the field is
	 * unchanged then.
	 */
	enum err (*read)(const struct setting *setting, const char *value, const char *dir,
	    void *field);
	/* Writes what is accepted, in words that follow "expected". */
	void (*expect)(const struct setting *setting, FILE *out);
	/* Writes the field as text. */
	void (*print)(const struct setting *setting, const void *field, FILE *out);
};

extern const struct setting_kind
	SETTING_TEXT,			/* char *: printable ASCII without '"' and '\\' */
	SETTING_WORDS,			/* char *: UTF-8 without control characters */
	SETTING_PATH,			/* char *: absolute, or "" */
	SETTING_LIST,			/* the same, or SETTING_SHIPPED */
	SETTING_SCOPES,			/* char * */
	SETTING_FLAG,			/* bool: yes or no */
	SETTING_NUMBER,			/* long */
	SETTING_MILLISECONDS,		/* long; seconds as text, down to 0.001 */
	SETTING_RATE,			/* struct rate: two numbers, as "30 10" */
	SETTING_CHOICE,			/* an enum */
	SETTING_DIALECT;		/* const struct dialect * */

#endif
