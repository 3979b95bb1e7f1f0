/*
 * config_setting: one row of the table of settings, and the kinds of value a row may have.
 *
 * A kind reads a value from text, says in words what it accepts, and writes a value back in a form
 * that it would read. What the settings are is known to config only.
 * For the files of `config` alone.
 */
#ifndef BEARWARD_CONFIG_SETTING_H
#define BEARWARD_CONFIG_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

struct setting_kind;

struct setting {
	const char *key;
	const struct setting_kind *kind;
	size_t offset;			/* of its field in struct config */
	const char *standard;		/* the value where none is given, as text */
	long min, max;			/* bytes of a text, scopes of a list, else the number's */
	const char *unit;		/* of a number; NULL: it has none */
	const char *const *choices;	/* of a choice: NULL-terminated, a value is an index */
};

struct setting_kind {
	bool is_text;			/* the field is an owned char *, never NULL once read */
	/*
	 * Reads value into the field, in place of what stood there. A relative path counts from
	 * dir. ERR_REFUSED, ERR_INTERNAL: the field is as before.
	 */
	enum err (*read)(const struct setting *setting, const char *value, const char *dir,
	    void *field);
	/* Writes what is accepted, to follow the word "expected". */
	void (*expect)(const struct setting *setting, FILE *out);
	void (*print)(const struct setting *setting, const void *field, FILE *out);
};

extern const struct setting_kind
	SETTING_TEXT,			/* char *: printable ASCII without '"' and '\\' */
	SETTING_PATH,			/* char *: absolute, or "" */
	SETTING_SCOPES,			/* char * */
	SETTING_FLAG,			/* bool: yes or no */
	SETTING_NUMBER,			/* long */
	SETTING_MILLISECONDS,		/* long; seconds as text, down to 0.001 */
	SETTING_CHOICE,			/* an enum */
	SETTING_DIALECT;		/* const struct dialect * */

#endif
