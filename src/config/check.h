/*
 * config_check: what settings demand of one another, once each is right by itself.
 * For the files of `config` alone.
 */
#ifndef BEARWARD_CONFIG_CHECK_H
#define BEARWARD_CONFIG_CHECK_H

#include "config/config.h"
#include "config/loading.h"

/* Reports every mistake found: where the key to change was set, what is wrong and what to do. */
void config_check(const struct config *config, struct loading *loading);

#endif
