/*
 * gauges: what there is at the moment, beside what `metrics` has counted: users, grants, sessions,
 * the room of the database, and the ages of keys.
 *
 * What takes longer the more there is, is counted once a minute at most, and in one thread.
 */
#ifndef BEARWARD_ACCOUNT_GAUGES_H
#define BEARWARD_ACCOUNT_GAUGES_H

#include <stdbool.h>

#include "account/context.h"
#include "store/census.h"
#include "token/key_list.h"

struct gauges;

struct gauges_reading {
	bool has_census;		/* false: the database did not answer */
	struct census census;		/* up to a minute old */
	bool has_room;			/* likewise */
	struct census_room room;
	struct key_list keys;
};

/*
 * Opens what it looks at; *gauges is owned: gauges_close(). Returns ERR_SETUP, logged, or
 * ERR_MEMORY; *gauges is NULL then.
 */
ERR_CHECKED enum err gauges_open(const struct config *config, struct gauges **gauges);

/* Closes it. Accepts NULL. */
void gauges_close(struct gauges *gauges);

/* Reads all of them; what cannot be read is left out. */
void gauges_read(struct context *context, struct gauges_reading *reading);

#endif
