/*
 * config_check, internal to config/: checks settings against one another, once each is valid by
 * itself.
 */
#ifndef BEARWARD_CONFIG_CHECK_H
#define BEARWARD_CONFIG_CHECK_H

#include "config/config.h"
#include "config/loading.h"

/* Reports every mistake: where the key to change was set, what is wrong and what to do. */
void config_check(const struct config *config, struct loading *loading);

#endif
