/*
 * host: how many processors and how much memory of this host a process may use.
 *
 * A host may give a process less than it has: by control groups (v1 and v2), by processor affinity
 * and by resource limits. All limits of the group and of the groups above it are read, and the
 * smallest one counts. A limit that cannot be read does not count.
 *
 * root is put before every path below /proc and /sys that is read: "" except in tests.
 */
#ifndef BEARWARD_BASE_HOST_H
#define BEARWARD_BASE_HOST_H

enum { HOST_REASON_SIZE = 512 };

/* A limit, and what sets it: "half of the memory limit of the control group /x". */
struct host_limit {
	long long amount;
	char reason[HOST_REASON_SIZE];
};

/*
 * Finds how many processors may work for this process: at least 1. A limit on processor time is
 * rounded up to whole processors.
 */
void host_find_processors(const char *root, struct host_limit *limit);

/*
 * Finds how many bytes of memory this process and its group may spend on one purpose without
 * endangering everything else they do: a quarter of the host's memory, but at most half of the
 * memory limit of a control group, and half of the address space that the process may have.
 */
void host_find_memory(const char *root, struct host_limit *limit);

#endif
