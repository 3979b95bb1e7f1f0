/*
 * load: how much of this host's processors others have used between two moments.
 *
 * It comes from /proc/stat and from what the process has used itself. In a container, the host is
 * the whole machine, whose work slows the container down as well.
 */
#ifndef BEARWARD_BASE_LOAD_H
#define BEARWARD_BASE_LOAD_H

#include <stdbool.h>

/* The seconds that all processors have worked, and been there, since some moment. */
struct load {
	double busy;
	double all;
	double own;		/* of busy: by this process */
};

/* Reads what has been used until now. Returns false, with zeros, where it cannot be told. */
bool load_read(struct load *load);

/* Returns how many hundredths of all processors others used from then till now: 0 to 100. */
int load_of_others(const struct load *then, const struct load *now);

#endif
