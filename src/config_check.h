/*
 * config_check: what settings demand of one another, once each is right by itself.
 */
#ifndef BEARWARD_CONFIG_CHECK_H
#define BEARWARD_CONFIG_CHECK_H

#include "config.h"

/*
 * Calls complain with every mistake found: the key to change, and what is wrong and what to do
 * about it. key is static, text is borrowed.
 */
void config_check(const struct config *config,
    void (*complain)(void *arg, const char *key, const char *text), void *arg);

#endif
