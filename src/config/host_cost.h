/*
 * host_cost: what a hash costs on this host, as `bearward init` has measured it.
 *
 * It is in the file hash.cost of the state directory, in lines of bearward.conf. The settings file
 * belongs to the administrator: dpkg asks about one that was changed, and many hosts may have
 * copies of one file. So what was measured stays with what else belongs to the host, and
 * counts only where neither file nor environment names any of the three settings of the cost, nor
 * insecure_hash_cost.
 *
 * An account that may write in the state directory can read and change all hashes there anyway; no
 * other can make the file. A cost below what OWASP advises is reported as a mistake.
 */
#ifndef BEARWARD_CONFIG_HOST_COST_H
#define BEARWARD_CONFIG_HOST_COST_H

#include <sys/types.h>

#include "base/err.h"
#include "config/config.h"
#include "config/cost.h"

struct loading;

#define HOST_COST_NAME "hash.cost"

/*
 * Takes the cost from the file, where the settings name none. A file that is missing, or closed to
 * this account, changes nothing, and nor does a cost for which hash_memory has no room. Reports
 * what cannot be used as a mistake.
 */
void host_cost_take(struct loading *loading, struct config *config);

/*
 * Writes the file into the state directory of the settings, durably, with that mode; comment is
 * one line. Returns ERR_STORAGE, with errno, when it cannot.
 */
ERR_CHECKED enum err host_cost_write(const struct config *config, const struct cost *cost,
    const char *comment, mode_t mode);

#endif
