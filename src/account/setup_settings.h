/*
 * setup_settings: puts values into the text of bearward.conf.
 */
#ifndef BEARWARD_ACCOUNT_SETUP_SETTINGS_H
#define BEARWARD_ACCOUNT_SETUP_SETTINGS_H

#include <stdbool.h>

#include "base/err.h"

/* A line of bearward.conf; borrowed. A key of NULL ends a list. */
struct setup_setting {
	const char *key;
	const char *value;
};

/* Returns whether a value can be written into bearward.conf, and is read back as it is. */
bool setup_settings_can_hold(const char *value);

/*
 * Writes text to *changed, which the caller frees, with these settings: in place of the line that
 * sets a key, or else of the first that has it behind a '#', or else at the end. All else stays.
 * Returns ERR_MEMORY.
 */
ERR_CHECKED enum err setup_settings_change(const char *text, const struct setup_setting *settings,
    char **changed);

#endif
