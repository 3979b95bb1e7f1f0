/*
 * hash_width, internal to hash/: how many lanes are worth computing at once.
 *
 * More lanes at once never take less time, and people wait for all of them. Whether they bring
 * more hashes a second depends on the processor, its caches and its memory. So the widths that are
 * more than what keeps a core busy are tried and measured while there is work for them, and the
 * narrowest that is nearly as fast as the fastest one is used. They are tried only while so many
 * lanes wait that each has to wait for other batches in any case.
 *
 * The mutex of the hasher guards it.
 */
#ifndef BEARWARD_HASH_WIDTH_H
#define BEARWARD_HASH_WIDTH_H

#include <stdint.h>

#include "hash/scrypt_kernel.h"

struct hash_width {
	double rate[SCRYPT_LANES_MAX + 1];	/* of so many lanes: N r in a ms; 0: not known */
	unsigned long choices;			/* made while many lanes waited */
};

/*
 * Returns how many lanes to take where `room` could be taken out of all that wait: all of them if
 * they do not keep a core busy. While many wait, one choice in 16 is another one, so that what is
 * known stays true.
 */
int hash_width_choose(struct hash_width *width, const struct scrypt_kernel *kernel, int room,
    long waiting);

/* Takes a measurement in: so many lanes, which together cost so much, took so long. */
void hash_width_measure(struct hash_width *width, int lanes, uint64_t cost, double ms);

#endif
