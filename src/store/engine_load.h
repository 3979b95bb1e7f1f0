/*
 * engine_load: which engine the settings ask for, and where it comes from. For the files of
 * `store` alone.
 */
#ifndef BEARWARD_STORE_ENGINE_LOAD_H
#define BEARWARD_STORE_ENGINE_LOAD_H

#include <stdbool.h>

#include "store/engine.h"

/*
 * Returns the engine of the settings, static. The one for PostgreSQL is a part of its own, which
 * is loaded when it is first asked for; NULL, with the reason and what to do in fault (static, or
 * good until the next call), when it cannot be.
 */
const struct engine *engine_load(const struct config *config, const char **fault);

#endif
