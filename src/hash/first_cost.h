/*
 * hash_first_cost: which cost hashes have in a new installation.
 *
 * On an idle host it measures, for a second at most, logins that come alone, and finds the dearest
 * of a few costs that take a tenth of a second at most. So the host makes ten a second one after
 * the other, and has as much again to spare until a login takes a fifth of a second. A cost with
 * more memory than the default is not tried where it would take more than half of what hashing may
 * have, since the host may be meant for other things as well. hash_calibration looks further, and
 * takes longer.
 */
#ifndef BEARWARD_HASH_FIRST_COST_H
#define BEARWARD_HASH_FIRST_COST_H

#include <stdbool.h>

#include "base/err.h"
#include "config/config.h"
#include "config/cost.h"

struct hash_first_cost {
	struct cost cost;	/* at least the default */
	double alone_ms;	/* measured; of the default, where that is too slow as well */
	bool is_default;
	bool is_busy;		/* others worked meanwhile: it is the default, whatever it takes */
};

/*
 * Measures; state_dir of the settings must be there. Returns an error of hasher_open() or
 * hasher_scrypt().
 */
ERR_CHECKED enum err hash_first_cost_find(const struct config *config,
    struct hash_first_cost *found);

#endif
