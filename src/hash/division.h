/*
 * hash_division: how cores and memory are divided among all workers of the host.
 *
 * The file of the slots (`hash_slot`) stands for all cores and for all memory that hashing may
 * take. A worker locks a part of it that is as large as its part of the cores or of the memory,
 * whichever is larger. Processes of one host may run under different limits (each service in a
 * control group of its own), and so each has a division of its own. The sum stays in bounds:
 *
 *  - A process under a limit of C cores locks at least one C-th of the file a worker. The parts
 *    that are locked at one time do not overlap. So no more workers run at once than the cores
 *    that the least limited of the running processes may use, and no more of those under a limit
 *    than it has cores.
 *  - A worker uses as much of what its process takes for all hashing as it has locked of the file.
 *    So all workers together use no more than the one process that takes most; and all below one
 *    control group no more than half of that group's limit, since each of them takes no more.
 */
#ifndef BEARWARD_HASH_DIVISION_H
#define BEARWARD_HASH_DIVISION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/host.h"
#include "config/config.h"

enum { HASH_DIVISION_WHOLE = 1 << 20 };	/* bytes of the file that can be locked */

struct hash_division {
	struct host_limit cores;	/* that hash at once */
	struct host_limit memory;	/* bytes that all hashing may take */
	long part;			/* of the file that a worker locks at least */
	long workers;			/* that may hash at once; at least 1 */
};

/*
 * Divides what the settings say, or what the host gives where hash_slots or hash_memory is 0.
 * lanes is how many lanes a worker computes at once. There is always enough for one hash of the
 * configured cost.
 */
void hash_division_make(const struct config *config, long lanes,
    const struct host_limit *processors, const struct host_limit *memory,
    struct hash_division *division);

/*
 * Returns which part of the file a worker has to lock that needs so many bytes of memory: more
 * than HASH_DIVISION_WHOLE when there is not that much.
 */
long hash_division_part(const struct hash_division *division, size_t bytes);

/* Returns how many bytes a worker may use that has locked so much of the file. */
size_t hash_division_memory(const struct hash_division *division, long part);

#endif
